import { expect, it, vi } from "vitest";
import { DiscardError } from "../../../../src/errors/index.ts";
import { memoryStorage } from "../../../../src/storage/memory/index.ts";
import { type WebhookErrorContext, WebhookReceiver } from "../../../../src/webhooks/index.ts";
import { deliver, SECRET, textOf, vehicleEvent } from "../support/deliveries.ts";

const queue = "../../../../src/webhooks/receiver/dispatch/batch-queue.lazy.ts";
const check = "../../../../src/webhooks/receiver/dispatch/moot-check.lazy.ts";

/** A file as after a deployment that has removed it. */
function remove(file: string): void {
  vi.doMock(file, () => {
    throw new Error("no such file");
  });
}

function setUp() {
  const outcomes: WebhookErrorContext[] = [];
  const receiver = new WebhookReceiver({
    secret: SECRET,
    store: memoryStorage().eventStore,
    onError: (_error, context) => outcomes.push(context),
  });
  return { receiver, outcomes };
}

it("a batch fails like a handler when what collects its events cannot be loaded", async () => {
  remove(queue);
  const { receiver, outcomes } = setUp();
  const texts: string[] = [];
  receiver.onBatch("*", (events) => {
    texts.push(...events.map(textOf));
  });
  receiver.start();
  await deliver(receiver, [vehicleEvent("a", "a1"), vehicleEvent("b", "b1")]);
  await vi.waitFor(() => expect(outcomes).toHaveLength(2), 10_000);
  expect(outcomes).toMatchObject(Array(2).fill({ stage: "event", attempt: 1, willRetry: true }));
  vi.doUnmock(queue);
  await vi.waitFor(() => expect(texts.sort()).toEqual(["a1", "b1"]), 10_000);
  await receiver.stop();
});

it.each(["on", "onBatch"] as const)(
  "events of %s() that failed are tried again when the check whether they are needed cannot be loaded",
  async (method) => {
    remove(check);
    const { receiver, outcomes } = setUp();
    receiver[method]("*", () => {
      throw new DiscardError("its user is unknown");
    });
    receiver.forgive(async () => true);
    receiver.start();
    await deliver(receiver, [vehicleEvent("a", "a1"), vehicleEvent("b", "b1")]);
    await vi.waitFor(() => expect(outcomes).toHaveLength(2), 10_000);
    expect(outcomes).toMatchObject(Array(2).fill({ stage: "event", attempt: 1, willRetry: true }));
    vi.doUnmock(check);
    await vi.waitFor(() => expect(receiver.health().handled).toBe(2), 10_000);
    expect(receiver.health()).toMatchObject({ failed: 2, deadLetters: 0 });
    await receiver.stop();
  },
);

it("a receiver that nobody starts ends no process when what it would say of that cannot be loaded", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  remove("../../../../src/webhooks/verification/refusals.lazy.ts");
  const { receiver, outcomes } = setUp();
  receiver.on("*", () => undefined);
  await vi.advanceTimersByTimeAsync(30_000);
  vi.useRealTimers();
  await vi.waitFor(() => expect(outcomes).toEqual([{ stage: "setup" }]));
});
