import { describe, expect, it, vi } from "vitest";
import { memoryStorage } from "../../../../src/storage/index.ts";
import { WebhookReceiver } from "../../../../src/webhooks/index.ts";
import { later, pass, useFakeClock } from "../../../support/clock.ts";
import { deliver, SECRET, vehicleEvent } from "../support/deliveries.ts";

useFakeClock();

type Check = Parameters<WebhookReceiver["forgive"]>[0];

const hang = () => new Promise<boolean>(() => undefined);

function setUp(...checks: unknown[]) {
  const onError = vi.fn();
  const receiver = new WebhookReceiver({ secret: SECRET, onError });
  for (const check of checks) receiver.forgive(check as Check);
  const messages = () => onError.mock.calls.map(([error]) => error.message);
  return { receiver, messages };
}

describe("a check by which an event may count as handled", () => {
  it.each<[string, unknown]>([
    ["says no", async () => false],
    ["says no without a promise", () => false],
    ["rejects", () => Promise.reject(new Error("of the check"))],
    [
      "throws",
      () => {
        throw new Error("of the check");
      },
    ],
    ["is no function", undefined],
    ["hangs", hang],
  ])("leaves the error of the handler when it %s", async (_, check) => {
    const { receiver, messages } = setUp(check);
    receiver.on("*", () => {
      throw new Error("of the handler");
    });
    const answer = deliver(receiver, [vehicleEvent("a")]);
    await pass(4_000);

    expect((await answer).status).toBe(500);
    expect(messages()).toEqual(["of the handler"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each<[string, unknown]>([
    ["with a promise", async () => true],
    ["without one", () => true],
    ["in the time that the handler left", () => later(2_900).then(() => true)],
  ])("says yes %s, and the event counts as handled", async (_, check) => {
    const { receiver, messages } = setUp(hang, check);
    receiver.on("*", async () => {
      await later(1_000);
      throw new Error("of the handler");
    });
    const answer = deliver(receiver, [vehicleEvent("a")]);
    await pass(4_000);

    expect((await answer).status).toBe(200);
    expect(messages()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has a second when the handlers left no time, so that Enode still gets its answer", async () => {
    const { receiver } = setUp(() => later(999).then(() => true));
    receiver.on("*", hang);
    const answer = deliver(receiver, [vehicleEvent("a")]);
    await pass(4_999);

    expect((await answer).status).toBe(200);
  });

  it("holds up no worker when it hangs", async () => {
    const { eventStore: store } = memoryStorage();
    const receiver = new WebhookReceiver({
      secret: SECRET,
      store,
      concurrency: 1,
      maxAttempts: 1,
      circuit: false,
      handlerTimeout: 1_000,
      onError: () => undefined,
    });
    const handler = vi.fn(() => {
      throw new Error("of the handler");
    });
    receiver.on("*", handler);
    receiver.forgive(hang);
    receiver.start();
    await deliver(receiver, [vehicleEvent("a"), vehicleEvent("b"), vehicleEvent("c")]);
    await pass(3_100);

    expect(handler).toHaveBeenCalledTimes(3);
    await receiver.stop();
  });
});
