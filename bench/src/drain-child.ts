import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "./child.ts";
import { secret } from "./deliveries.ts";
import type { Engine } from "./engines.ts";
import { openStorage } from "./own.ts";

/** `fill` keeps events; `drain` handles until so many are done, by this process or others; `listen` notes arrivals. */
export type DrainCommand =
  | { do: "fill"; events: number; lanes: number }
  | { do: "start" }
  | { do: "sample" }
  | { do: "stop" }
  | { do: "deliver"; times: number };

export interface DrainSample {
  /** Events handled by this process so far. */
  handled: number;
  /** Attempts that failed, of which there must be none. */
  failed: number;
  /** Heap in MB after a collection. */
  held: number;
  /** When the events of `deliver` were handled, by the clock of the machine, in ms; by their numbers. */
  arrivals: Record<number, number>;
}

const namespace = "sandbox:bench";
const inDelivery = 1_000;
const text = "x".repeat(1_400);

const [engine, name] = process.argv.slice(2) as [Engine, string];
const { eventStore } = await openStorage({ engine, name });
const { WebhookReceiver } = await import("../../dist/webhooks.js");
const receiver = new WebhookReceiver({ secret, store: eventStore, namespace, concurrency: 400 });
const arrivals: Record<number, number> = {};
receiver.on("user:vehicle:updated", (event) => {
  const { number } = event.vehicle as unknown as { number?: number };
  if (number !== undefined) arrivals[number] = performance.timeOrigin + performance.now();
});

serve(async (command: DrainCommand): Promise<DrainSample | Record<number, number>> => {
  if (command.do === "fill") await fill(command.events, command.lanes);
  if (command.do === "start") receiver.start();
  if (command.do === "stop") await receiver.stop();
  if (command.do === "deliver") return deliver(command.times);
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  const { handled, failed } = receiver.health();
  return { handled, failed, held: (heapUsed + arrayBuffers) / 1e6, arrivals };
});

/** Events in the order of a fleet that reports in turns. */
async function fill(events: number, lanes: number): Promise<void> {
  for (let from = 0; from < events; from += inDelivery) {
    await eventStore.append({
      namespace,
      digest: `backlog ${from}`,
      deliveryId: undefined,
      receivedAt: Date.now(),
      events: Array.from({ length: Math.min(inDelivery, events - from) }, (_, index) => {
        const id = `vehicle-${(from + index) % lanes}`;
        return { index, lane: `device:${id}`, payload: payloadOf(id) };
      }),
    });
  }
}

function payloadOf(id: string, number?: number): string {
  const vehicle = { id, userId: "user", number, text };
  const createdAt = new Date().toISOString();
  return JSON.stringify({
    event: "user:vehicle:updated",
    createdAt,
    version: "2024-10-01",
    updatedFields: [],
    user: { id: "user" },
    vehicle,
  });
}

/** One event at a time, with pauses in which everything is idle; gives when each was kept. */
async function deliver(times: number): Promise<Record<number, number>> {
  const keptAt: Record<number, number> = {};
  for (let number = 0; number < times; number++) {
    await sleep(100 + Math.random() * 200);
    const id = `vehicle-${number}`;
    await eventStore.append({
      namespace,
      digest: `news ${number}`,
      deliveryId: undefined,
      receivedAt: Date.now(),
      events: [{ index: 0, lane: `device:${id}`, payload: payloadOf(id, number) }],
    });
    keptAt[number] = performance.timeOrigin + performance.now();
  }
  return keptAt;
}
