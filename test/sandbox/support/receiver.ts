import type { Webhook, WebhookEvent } from "../../../generated/types.ts";
import type { SandboxOptions } from "../../../src/sandbox/index.ts";
import { createHarness, type Harness } from "./harness.ts";

/** A delivery as it arrived. */
export interface Delivery {
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  readonly events: WebhookEvent[];
  /** The simulated time, as a timestamp in milliseconds since the test began. */
  readonly at: number;
}

export const SECRET = "a-secret-of-the-tests";
export const HOOK_URL = "https://hooks.example.com/enode";

/** A sandbox whose deliveries are taken in this process. */
export interface HookedHarness extends Harness {
  readonly deliveries: Delivery[];
  /** How the next deliveries are answered; `nth` counts from 1. */
  answer: (delivery: Delivery, nth: number) => Response | Promise<Response>;
  /** Subscribes; by default to all events. */
  subscribe(change?: object): Promise<Webhook>;
  webhook(id: string): Promise<Webhook>;
  /** The events delivered so far, heartbeats left out. */
  events(): WebhookEvent[];
  /** The names of the events delivered since the last call, after waiting for them. */
  news(): Promise<string[]>;
}

export function createHookedHarness(options: SandboxOptions = {}): HookedHarness {
  const deliveries: Delivery[] = [];
  let begun = 0;
  let read = 0;
  const harness = createHarness({
    heartbeatInterval: Number.POSITIVE_INFINITY,
    async deliver(request) {
      const body = await request.text();
      const { url, headers } = request;
      const at = harness.sandbox.clock.now().getTime() - begun;
      const delivery = { url, headers, body, events: JSON.parse(body), at };
      deliveries.push(delivery);
      return hooked.answer(delivery, deliveries.length);
    },
    ...options,
  });
  begun = harness.sandbox.clock.now().getTime();
  const hooked: HookedHarness = {
    ...harness,
    deliveries,
    answer: () => new Response(null, { status: 204 }),
    async subscribe(change = {}) {
      const request = { url: HOOK_URL, secret: SECRET, ...change };
      const { status, body } = await harness.call("POST", "/webhooks", request);
      if (status !== 200) throw new Error(body.detail);
      return body;
    },
    async webhook(id) {
      return (await harness.call("GET", `/webhooks/${id}`)).body;
    },
    events: () =>
      deliveries.flatMap(({ events }) =>
        events.filter(({ event }) => event !== "system:heartbeat"),
      ),
    async news() {
      await harness.sandbox.deliver();
      const fresh = hooked.events().slice(read);
      read += fresh.length;
      return fresh.map(({ event }) => event);
    },
  };
  return hooked;
}
