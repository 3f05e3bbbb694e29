/**
 * The backend of an app, with Express and PostgreSQL: users link their cars, see them, charge them, learn what came of
 * it, and are forgotten when they leave.
 *
 * Run it with DATABASE_URL, ENODE_WEBHOOK_SECRET, ENODE_WEBHOOK_URL (a public https address that leads to this server)
 * and the credentials ENODE_CLIENT_ID, ENODE_CLIENT_SECRET and ENODE_ENVIRONMENT. It can run in several processes: the
 * stores in PostgreSQL are shared.
 *
 * What to notice:
 * - Requests of the app reach Enode as `enode.user({ hostUserId })` only, so that an ID in a URL never opens the device
 *   of somebody else. Enode gets random IDs of users; the table `enode_users` knows yours.
 * - Devices are read from the mirror, which webhooks keep up to date: a screen that is opened costs no call.
 * - Commands answer at once. The outcome comes by `GET /actions/:id`, also after a restart.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import {
  Enode,
  isApiError,
  isBadRequestError,
  isNotFoundError,
  isRateLimitError,
  isUnprocessableError,
  type Vehicle,
} from "enode-sdk";
import { Mirror } from "enode-sdk/mirror";
import { postgresStorage } from "enode-sdk/storage/postgres";
import { nodeHandler, WebhookReceiver } from "enode-sdk/webhooks";
import express, { type ErrorRequestHandler, type Request } from "express";
import { Pool } from "pg";

const DAY = 86_400_000; // ms

/** What differs from one installation to another. */
export interface BackendOptions {
  readonly pool: Pool;
  readonly webhookSecret: string;
  /** The public address of this server's `/webhooks/enode`; by default that on this machine, for a sandbox. */
  readonly webhookUrl?: string | undefined;
  readonly port?: number;
  /** Who sends a request, by your session or token; undefined for nobody. */
  readonly userOf: (request: Request) => string | undefined;
}

/** A backend that listens. */
export interface Backend {
  readonly url: string;
  close(): Promise<void>;
}

/** Makes the tables, registers the webhook, and serves the app. */
export async function startBackend(options: BackendOptions): Promise<Backend> {
  const { pool, webhookSecret, port = 0, userOf } = options;
  const storage = postgresStorage({ pool });
  await storage.migrate();
  const enode = Enode.fromEnv({ storage, tokenStore: storage.tokenStore });
  const mirror = new Mirror({ enode, store: storage.deviceStore });
  const receiver = new WebhookReceiver({
    secret: webhookSecret,
    store: storage.eventStore,
    namespace: enode.namespace,
    retention: 30 * DAY,
  });
  mirror.attach(receiver);
  receiver.on("user:credentials:invalidated", ({ user }) => {
    // A message to your user: "Sign in to your car again."
    console.log("needs to link again:", user.id);
  });

  const app = express();
  // Before express.json(): the signature is over the bytes as they came.
  app.post("/webhooks/enode", nodeHandler(receiver));
  app.get("/health", (_, response) => {
    const { circuit } = receiver.health();
    response.status(circuit === "closed" ? 200 : 503).json({ circuit });
  });
  app.use(express.json());

  /** The user of a request; ends it with 401 when there is none. */
  const signedIn = (request: Request): string => {
    const hostUserId = userOf(request);
    if (hostUserId === undefined) throw new Unauthorized();
    return hostUserId;
  };

  app.post("/link", async (request, response) => {
    const { linkUrl } = await enode.users.link(
      { hostUserId: signedIn(request) },
      {
        vendorType: "vehicle",
        scopes: ["vehicle:read:data", "vehicle:control:charging"],
        language: "en-GB",
        redirectUri: "https://example.com/linked",
      },
    );
    response.status(201).json({ linkUrl });
  });

  app.get("/vehicles", async (request, response) => {
    const userId = await enode.users.resolve(signedIn(request));
    const vehicles: CarOnScreen[] = [];
    // Who never linked has no devices, and no ID at Enode either.
    if (userId !== undefined) {
      for await (const device of mirror.devices.list({ userId, kind: "vehicle" })) {
        if (device.kind === "vehicle" && !device.partial) vehicles.push(onScreen(device.data));
      }
    }
    response.json({ vehicles });
  });

  app.post("/vehicles/:id/charging", async (request, response) => {
    const user = enode.user({ hostUserId: signedIn(request) });
    const { id, state } = await user.vehicles.startCharging(request.params.id);
    response.status(202).json({ action: id, state });
  });

  app.get("/actions/:id", async (request, response) => {
    const user = enode.user({ hostUserId: signedIn(request) });
    const { state, failureReason } = await user.vehicles.actions.get(request.params.id);
    response.json({ state, reason: failureReason?.type ?? null });
  });

  app.delete("/account", async (request, response) => {
    await enode.users.erase(signedIn(request));
    response.status(204).end();
  });

  app.use(answerErrors);

  const server = app.listen(port, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  receiver.start();
  await enode.webhooks.ensure({
    url: options.webhookUrl ?? `${url}/webhooks/enode`,
    secret: webhookSecret,
  });
  return {
    url,
    async close() {
      server.close();
      server.closeAllConnections();
      await receiver.stop();
    },
  };
}

/** What the app shows of a car. */
interface CarOnScreen {
  readonly id: string;
  readonly name: string;
  readonly batteryLevel: number | null;
  readonly isCharging: boolean | null;
}

function onScreen({ id, information, chargeState }: Vehicle): CarOnScreen {
  return {
    id,
    name: information.displayName ?? `${information.brand} ${information.model}`,
    batteryLevel: chargeState.batteryLevel,
    isCharging: chargeState.isCharging,
  };
}

class Unauthorized extends Error {}

/** What went wrong, in words for the app; nothing of it is a secret, and only unknown errors are logged. */
const answerErrors: ErrorRequestHandler = (error, _request, response, _next) => {
  if (error instanceof Unauthorized) return void response.status(401).end();
  if (isNotFoundError(error))
    return void response.status(404).json({ error: "There is no such thing." });
  // A car that is not plugged in or charges already; one that a schedule controls.
  if (isBadRequestError(error) || isUnprocessableError(error))
    return void response.status(409).json({ error: error.problem?.detail });
  if (isRateLimitError(error)) return void response.status(503).set("retry-after", "10").end();
  console.error(error);
  response.status(isApiError(error) ? 502 : 500).end();
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await startBackend({
    pool: new Pool({ connectionString: process.env["DATABASE_URL"] }),
    webhookSecret: process.env["ENODE_WEBHOOK_SECRET"] ?? "",
    webhookUrl: process.env["ENODE_WEBHOOK_URL"],
    port: Number(process.env["PORT"] ?? 3000),
    // For a look at it with curl. An app of yours reads its session here.
    userOf: (request) => request.get("x-user"),
  });
}
