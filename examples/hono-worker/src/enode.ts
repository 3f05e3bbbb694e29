import { Enode } from "enode-sdk";
import { WebhookReceiver } from "enode-sdk/webhooks";
import { forgetCar, keepCars } from "./cars";

/** What the Worker is bound to. */
export interface Env {
  readonly DB: D1Database;
  /** Where Enode and browsers reach this Worker. */
  readonly APP_URL: string;
  readonly ENODE_CLIENT_ID: string;
  readonly ENODE_CLIENT_SECRET: string;
  readonly ENODE_ENVIRONMENT: "production" | "sandbox";
  readonly ENODE_WEBHOOK_SECRET: string;
  /** Set for the sandbox on your machine only. */
  readonly ENODE_API_URL?: string;
  readonly ENODE_TOKEN_URL?: string;
}

// Bindings come with a request: both are made with the first one, and kept for the next.
let enode: Enode | undefined;
let receiver: WebhookReceiver | undefined;

export function enodeOf(env: Env): Enode {
  enode ??= new Enode({
    clientId: env.ENODE_CLIENT_ID,
    clientSecret: env.ENODE_CLIENT_SECRET,
    environment: env.ENODE_ENVIRONMENT,
    baseUrl: env.ENODE_API_URL,
    tokenUrl: env.ENODE_TOKEN_URL,
  });
  return enode;
}

/** Without a store: a Worker does not run between requests, so that events are handled before Enode gets its answer. */
export function receiverOf(env: Env): WebhookReceiver {
  receiver ??= createReceiver(env);
  return receiver;
}

function createReceiver({ DB, ENODE_WEBHOOK_SECRET }: Env): WebhookReceiver {
  const created = new WebhookReceiver({ secret: ENODE_WEBHOOK_SECRET });
  created.onBatch("user:vehicle:updated", (events) =>
    keepCars(
      DB,
      events.map(({ user, vehicle }) => ({ userId: user.id, vehicle })),
    ),
  );
  created.on("user:vehicle:deleted", ({ user, vehicle }) => forgetCar(DB, user.id, vehicle.id));
  return created;
}
