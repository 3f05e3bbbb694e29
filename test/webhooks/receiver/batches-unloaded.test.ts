import { expect, it, vi } from "vitest";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { type WebhookErrorContext, WebhookReceiver } from "../../../src/webhooks/index.ts";
import { deliver, SECRET, textOf, vehicleEvent } from "./support/deliveries.ts";

const file = "../../../src/webhooks/receiver/batch-queue.lazy.ts";

it("a batch fails like a handler when what collects its events cannot be loaded", async () => {
  vi.doMock(file, () => {
    throw new Error("no such file");
  });
  const outcomes: WebhookErrorContext[] = [];
  const receiver = new WebhookReceiver({
    secret: SECRET,
    store: memoryStorage().eventStore,
    onError: (_error, context) => outcomes.push(context),
  });
  const texts: string[] = [];
  receiver.onBatch("*", (events) => {
    texts.push(...events.map(textOf));
  });
  receiver.start();
  await deliver(receiver, [vehicleEvent("a", "a1"), vehicleEvent("b", "b1")]);
  await vi.waitFor(() => expect(outcomes).toHaveLength(2), 10_000);
  expect(outcomes).toMatchObject(Array(2).fill({ stage: "event", attempt: 1, willRetry: true }));
  vi.doUnmock(file);
  await vi.waitFor(() => expect(texts.sort()).toEqual(["a1", "b1"]), 10_000);
  await receiver.stop();
});
