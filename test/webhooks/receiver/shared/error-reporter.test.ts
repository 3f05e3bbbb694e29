import { describe, expect, it, vi } from "vitest";
import { memoryStorage } from "../../../../src/storage/index.ts";
import { WebhookReceiver } from "../../../../src/webhooks/index.ts";
import { pass, useFakeClock } from "../../../support/clock.ts";
import { deliver, SECRET, vehicleEvent } from "../support/deliveries.ts";

useFakeClock();

/** Values that can be thrown, and their texts. */
const thrown: [what: string, error: unknown, words: string][] = [
  ["an error", new RangeError("too far"), "RangeError: too far"],
  ["text", "just text", "just text"],
  ["nothing", undefined, "undefined"],
  ["a symbol", Symbol("s"), "Symbol(s)"],
  ["an object without a prototype", Object.create(null), "object"],
  [
    "an object that refuses to be text",
    {
      toString() {
        throw new Error("no");
      },
    },
    "object",
  ],
];

describe("what a handler throws", () => {
  it.each(thrown)("is reported in one line: %s", async (_what, error, words) => {
    const print = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const receiver = new WebhookReceiver({ secret: SECRET });
    receiver.on("*", () => {
      throw error;
    });

    expect((await deliver(receiver, [vehicleEvent("x")])).status).toBe(500);

    expect(print.mock.calls).toEqual([[`enode-sdk: a webhook event failed. ${words}`]]);
  });

  it.each(thrown)("is the reason of the dead letter: %s", async (_what, error, words) => {
    const { eventStore } = memoryStorage();
    const onError = vi.fn();
    const options = { secret: SECRET, store: eventStore, maxAttempts: 1, onError };
    const receiver = new WebhookReceiver(options);
    receiver.on("*", () => {
      throw error;
    });
    await deliver(receiver, [vehicleEvent("x")]);

    receiver.start();
    await pass(0);
    await receiver.stop();

    expect(await eventStore.deadLetters()).toMatchObject([{ reason: words }]);
    expect(onError).toHaveBeenCalledExactlyOnceWith(
      error,
      expect.objectContaining({ stage: "event", willRetry: false }),
    );
  });

  it("is kept as far as 500 characters, and never half a character", async () => {
    const { eventStore } = memoryStorage();
    const receiver = new WebhookReceiver({
      secret: SECRET,
      store: eventStore,
      maxAttempts: 1,
      onError: () => undefined,
    });
    receiver.on("*", () => {
      throw `${"x".repeat(499)}🔌 and more`;
    });
    await deliver(receiver, [vehicleEvent("x")]);

    receiver.start();
    await pass(0);
    await receiver.stop();

    const [letter] = await eventStore.deadLetters();
    expect(letter?.reason).toBe(`${"x".repeat(499)}\ufffd`);
  });
});
