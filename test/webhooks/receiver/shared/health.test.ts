import { describe, expect, it, vi } from "vitest";
import { WebhookReceiver } from "../../../../src/webhooks/index.ts";
import { pass, useFakeClock } from "../../../support/clock.ts";
import { deliver, heartbeat, SECRET, vehicleEvent } from "../support/deliveries.ts";

useFakeClock();

const silenceAfter = 60_000;

function createReceiver() {
  const onSilence = vi.fn();
  return { receiver: new WebhookReceiver({ secret: SECRET, onSilence, silenceAfter }), onSilence };
}

describe("silence", () => {
  it("is reported once, and again after the next heartbeat", async () => {
    const { receiver, onSilence } = createReceiver();
    receiver.start();

    await pass(silenceAfter - 1);
    expect(onSilence).not.toHaveBeenCalled();
    await pass(10 * silenceAfter);
    expect(onSilence).toHaveBeenCalledTimes(1);

    await deliver(receiver, [heartbeat()]);
    await pass(silenceAfter);
    expect(onSilence).toHaveBeenCalledTimes(2);
  });

  it("is waited for from the first delivery on, and only heartbeats end it", async () => {
    const { receiver, onSilence } = createReceiver();
    await pass(2 * silenceAfter);
    await deliver(receiver, [vehicleEvent("x")]);

    await pass(silenceAfter - 1);
    await deliver(receiver, [vehicleEvent("y")]);
    expect(onSilence).not.toHaveBeenCalled();
    await pass(1);

    expect(onSilence).toHaveBeenCalledTimes(1);
  });

  it("does not come while heartbeats do", async () => {
    const { receiver, onSilence } = createReceiver();
    receiver.start();
    for (let n = 0; n < 5; n++) {
      await pass(silenceAfter - 1);
      await deliver(receiver, [vehicleEvent("x"), heartbeat(n, String(n))]);
    }

    expect(onSilence).not.toHaveBeenCalled();
  });

  it("is not reported after stop, also when deliveries still come", async () => {
    const { receiver, onSilence } = createReceiver();
    receiver.start();
    await receiver.stop();

    await deliver(receiver, [vehicleEvent("x")]);
    await deliver(receiver, [heartbeat()]);
    await pass(10 * silenceAfter);

    expect(onSilence).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is waited for again when the receiver is started again", async () => {
    const { receiver, onSilence } = createReceiver();
    receiver.start();
    await receiver.stop();
    receiver.start();

    await pass(silenceAfter);

    expect(onSilence).toHaveBeenCalledTimes(1);
  });

  it("is waited for from the first start, however often it is called", async () => {
    const { receiver, onSilence } = createReceiver();
    receiver.start();
    await pass(silenceAfter - 1);
    receiver.start();
    await pass(1);

    expect(onSilence).toHaveBeenCalledTimes(1);
  });
});
