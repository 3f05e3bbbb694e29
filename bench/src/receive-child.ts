import { setTimeout as sleep } from "node:timers/promises";
import { serve } from "./child.ts";
import { headersOf, makeBody, secret } from "./deliveries.ts";

/** One wave of deliveries, faster than they can be handled. */
export interface Wave {
  deliveries: number;
  /** Tells the deliveries of the waves apart. */
  seed: number;
}

export interface WaveResult {
  /** How many were answered so, by status. */
  statuses: Record<number, number>;
  /** Times that the handler was called. */
  handled: number;
  /** Heap in MB, garbage collected: before the first delivery, after the last answer. */
  before: number;
  after: number;
  /** The most heap in MB that there was meanwhile: with garbage, and after collecting it. */
  peak: number;
  held: number;
}

const eventsEach = 10;
/** Time that the handler takes for an event, in ms. */
const handlerTime = 10;

const { WebhookReceiver } = await import("../../dist/webhooks.js");
// As it comes: no store, 10 events at a time.
const receiver = new WebhookReceiver({ secret, onError: () => {} });
let handled = 0;
receiver.on("*", async () => {
  await sleep(handlerTime);
  handled++;
});

serve(async ({ deliveries, seed }: Wave): Promise<WaveResult> => {
  const statuses: Record<number, number> = {};
  handled = 0;
  const before = await heldIdle();
  let peak = before;
  let mostHeld = before;
  const answers: Promise<void>[] = [];
  for (let number = 0; number < deliveries; number++) {
    answers.push(deliver(seed + number, statuses));
    // A thousand a second, ten times what the handler is good for.
    await sleep(1);
    if (number % 20 === 0) peak = Math.max(peak, heap());
    if (number % 200 === 199) mostHeld = Math.max(mostHeld, held());
  }
  await Promise.all(answers);
  answers.length = 0;
  return { statuses, handled, before, after: await heldIdle(), peak, held: mostHeld };
});

async function deliver(seed: number, statuses: Record<number, number>): Promise<void> {
  const body = makeBody(eventsEach, seed);
  const { status } = await receiver.handle({ body, headers: headersOf(body, `delivery-${seed}`) });
  statuses[status] = (statuses[status] ?? 0) + 1;
}

function heap(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 1e6;
}

function held(): number {
  globalThis.gc?.();
  return heap();
}

/** Twice: buffers are freed some time after the collection that found them. */
async function heldIdle(): Promise<number> {
  held();
  await sleep(100);
  return held();
}
