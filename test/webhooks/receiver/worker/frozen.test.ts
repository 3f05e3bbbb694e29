import { describe, expect, it, vi } from "vitest";
import { withTimeout } from "../../../../src/shared/with-timeout.ts";
import { type EventStore, memoryStorage } from "../../../../src/storage/index.ts";
import { WebhookReceiver } from "../../../../src/webhooks/index.ts";
import { later, pass, useFakeClock } from "../../../support/clock.ts";
import { deliver, SECRET, textOf, vehicleEvent } from "../support/deliveries.ts";

/** A receiver that is started, and the attempts that its handler saw. */
function startedOn(store: EventStore, work: () => unknown) {
  const onError = vi.fn();
  const options = { secret: SECRET, store, handlerTimeout: 2_000, onError };
  const receiver = new WebhookReceiver(options);
  const attempts: string[] = [];
  receiver.on("*", (event, { attempt }) => {
    attempts.push(`${textOf(event)} attempt ${attempt}`);
    return work();
  });
  receiver.start();
  return { receiver, attempts, onError };
}

describe("after a process was frozen for longer than its leases", () => {
  useFakeClock();

  it("an event whose handler was done is not handed out again before it is completed", async () => {
    const { eventStore } = memoryStorage();
    const complete: EventStore["complete"] = async (event) => {
      await later(100);
      return eventStore.complete(event);
    };
    const { receiver, attempts, onError } = startedOn({ ...eventStore, complete }, () =>
      later(990),
    );
    await pass(0);
    for (let n = 0; n < 8; n++) {
      await deliver(receiver, [vehicleEvent("a", `${n}`)]);
      await pass(950);
      vi.setSystemTime(Date.now() + 13_000);
      await pass(1_050);
    }

    expect(attempts).toEqual(Array.from({ length: 8 }, (_, n) => `${n} attempt 1`));
    expect(receiver.health()).toMatchObject({ handled: 8, failed: 0, deadLetters: 0 });
    expect(onError).not.toHaveBeenCalled();
    await receiver.stop();
  });

  it("other events are handled although nothing becomes of those in hand", async () => {
    const { receiver, attempts } = startedOn(memoryStorage().eventStore, () => undefined);
    receiver.on("user:vehicle:updated", () =>
      attempts.length > 1 ? undefined : new Promise(() => undefined),
    );
    await pass(0);
    // Its time never comes to an end.
    const timers = vi.spyOn(globalThis, "setTimeout").mockReturnValue(0 as never);
    await deliver(receiver, [vehicleEvent("a", "lost")]);
    for (let n = 0; n < 50; n++) await Promise.resolve();
    timers.mockRestore();
    await pass(20_000);
    await deliver(receiver, [vehicleEvent("b", "next")]);
    await pass(20_000);

    expect(attempts.toSorted()).toEqual(["lost attempt 1", "lost attempt 2", "next attempt 1"]);
    expect(receiver.health().handled).toBe(2);
  });
});

describe("work that a frozen process waited for", () => {
  useFakeClock();

  /** Lets time pass as a frozen process sees it: the clock has gone on, and the timers come late. */
  async function thaw(milliseconds: number): Promise<void> {
    const at = performance.now() + 13_000;
    const clock = vi.spyOn(performance, "now").mockReturnValue(at);
    await pass(milliseconds);
    clock.mockRestore();
  }

  it("has a second to bring its result, as timers would come first", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const result = withTimeout(2_000, () => promise, Error);
    await thaw(2_000);
    resolve("done");

    expect(await result).toBe("done");
  });

  it("is late when nothing has come by then", async () => {
    const late = () => new Error("late");
    const failure = expect(withTimeout(2_000, () => later(60_000), late)).rejects.toThrow("late");
    await thaw(2_000);
    await pass(1_000);

    await failure;
  });
});
