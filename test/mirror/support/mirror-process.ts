// Run as a process of its own: a server with a receiver, a worker and a mirror, as a host would run several of.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import pg from "pg";
import { Enode } from "../../../src/index.ts";
import { Mirror } from "../../../src/mirror/index.ts";
import { postgresStorage } from "../../../src/storage/postgres/index.ts";
import { nodeHandler, WebhookReceiver } from "../../../src/webhooks/index.ts";

/** The first message to the process. */
export interface MirrorProcessOptions {
  readonly database: string;
  readonly apiUrl: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly secret: string;
}

/** Its messages: the port for deliveries, or that a request is done. */
export type MirrorProcessMessage = { port: number } | { done: "backfill" | "reconcile" };

const options: MirrorProcessOptions = JSON.parse(process.argv[2] ?? "");
const { deviceStore, eventStore } = postgresStorage({
  pool: new pg.Pool({ connectionString: options.database }),
});
const enode = new Enode({
  environment: "sandbox",
  clientId: options.clientId,
  clientSecret: options.clientSecret,
  baseUrl: options.apiUrl,
  tokenUrl: options.tokenUrl,
});
const receiver = new WebhookReceiver({
  secret: options.secret,
  store: eventStore,
  namespace: enode.namespace,
});
const mirror = new Mirror({ enode, store: deviceStore });
mirror.attach(receiver);
receiver.start();

const reply = (message: MirrorProcessMessage) => process.send?.(message);
process.on("message", async (what: "backfill" | "reconcile") => {
  await mirror[what]({ pageSize: 3 });
  reply({ done: what });
});
process.on("disconnect", () => process.exit());
const server = createServer(nodeHandler(receiver));
// It has an address of the network, as it listens to a port.
server.listen(0, "127.0.0.1", () => reply({ port: (server.address() as AddressInfo).port }));
