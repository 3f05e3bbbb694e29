import { Enode } from "enode-sdk";
import { Mirror } from "enode-sdk/mirror";
import { type PostgresStorage, postgresStorage } from "enode-sdk/storage/postgres";
import { type SqliteStorage, sqliteStorage } from "enode-sdk/storage/sqlite";
import { WebhookReceiver } from "enode-sdk/webhooks";
import { Pool } from "pg";

const DAY = 86_400_000; // ms

interface Backend {
  readonly enode: Enode;
  /** A copy of all devices, which webhooks keep up to date. */
  readonly mirror: Mirror;
  readonly receiver: WebhookReceiver;
  readonly storage: SqliteStorage | PostgresStorage;
}

// Next bundles instrumentation.ts apart from the routes, and loads modules again in development: a variable of this
// module would be there several times.
const shared = globalThis as { enodeBackend?: Backend };

/** Made on first use: `next build` imports this module, and has neither secrets nor a database. */
export function backend(): Backend {
  shared.enodeBackend ??= createBackend();
  return shared.enodeBackend;
}

function createBackend(): Backend {
  const storage = openStorage();
  const enode = Enode.fromEnv({ storage, tokenStore: storage.tokenStore });
  const mirror = new Mirror({ enode, store: storage.deviceStore });
  const receiver = new WebhookReceiver({
    secret: webhookSecret(),
    store: storage.eventStore,
    namespace: enode.namespace,
    retention: 30 * DAY,
  });
  mirror.attach(receiver);
  receiver.on("user:credentials:invalidated", ({ user }) => {
    // A message to your user: "Sign in to your car again."
    console.log("needs to link again:", user.id);
  });
  return { enode, mirror, receiver, storage };
}

function openStorage(): SqliteStorage | PostgresStorage {
  const connectionString = process.env.DATABASE_URL;
  if (!connectionString) return sqliteStorage({ path: "enode.db" });
  return postgresStorage({ pool: new Pool({ connectionString }) });
}

export const webhookSecret = (): string => process.env.ENODE_WEBHOOK_SECRET ?? "";

/** Where browsers and Enode reach this app. */
export const appUrl = (path: string): string =>
  new URL(path, process.env.APP_URL ?? "http://127.0.0.1:3000").href;
