import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach } from "vitest";
import type { WebhookEvent } from "../../../../generated/types.ts";
import {
  type ReceiverSettings,
  signWebhook,
  WebhookReceiver,
} from "../../../../src/webhooks/index.ts";

export const secret: string = "example-secret";
export const heartbeat: string = JSON.stringify([
  {
    event: "system:heartbeat",
    createdAt: "2026-01-01T00:00:00.000Z",
    version: "2024-10-01",
    pendingEvents: 0,
  },
]);

/** What a receiver handled and reported. */
interface Observed {
  receiver: WebhookReceiver;
  events: WebhookEvent[];
  errors: { code?: string; message?: string }[];
  codes(): (string | undefined)[];
}

/** A receiver, with what it handled and reported. */
export function createReceiver(
  options: Partial<ReceiverSettings & { secret: string }> = {},
): Observed {
  const errors: Observed["errors"] = [];
  const onError = (error: unknown) => errors.push(error as Error);
  const receiver = new WebhookReceiver({ secret, onError, ...options });
  const events: WebhookEvent[] = [];
  receiver.on("*", (event) => void events.push(event));
  return { receiver, events, errors, codes: () => errors.map(({ code }) => code) };
}

/** The headers with which Enode would send a body. */
export async function headersOf(
  body: string,
  key: string = secret,
): Promise<Record<string, string>> {
  return {
    "content-type": "application/json",
    "x-enode-delivery": "5d7e2c1a",
    "x-enode-signature": await signWebhook(body, key),
  };
}

/** Call it at the top of a test file: it gives a function that starts servers, which end with each test. */
export function useServers(): (listener: RequestListener | Server) => Promise<string> {
  const open = new Set<Server>();
  afterEach(async () => {
    for (const server of open) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    open.clear();
  });
  return async (listener) => {
    const server = typeof listener === "function" ? createServer(listener) : listener;
    open.add(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
}

/** Sends a body as Enode would. */
export async function post(
  url: string,
  body: string = heartbeat,
  key: string = secret,
): Promise<Response> {
  return fetch(url, { method: "POST", headers: await headersOf(body, key), body });
}
