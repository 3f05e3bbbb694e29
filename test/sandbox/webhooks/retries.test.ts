import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { eventEnvelope } from "../../../src/sandbox/events/envelope.ts";
import { createRecordedHarness } from "../support/recorded.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 2, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A sandbox whose endpoint refuses everything, at a speed of the clock. */
async function withRefusal(speed: number) {
  const harness = createRecordedHarness({ clock: { speed } });
  await harness.subscribe();
  harness.answer = () => new Response(null, { status: 500 });
  harness.sandbox.devices.add("anna", "charger");
  await harness.sandbox.deliver();
  return harness;
}

describe("a failed delivery", () => {
  it.each([1, 60, 36_000])(
    "is tried again within seconds after the speed became %d",
    async (speed) => {
      const { sandbox, arrivals, clock, act } = await withRefusal(3_600);
      sandbox.clock.advance("1d");
      await sandbox.deliver();
      const before = arrivals.length;
      act(() => clock.setSpeed(speed));
      await vi.advanceTimersByTimeAsync(4_500);
      await sandbox.deliver();
      expect(arrivals).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(1_500);
      await sandbox.deliver();
      expect(arrivals).toHaveLength(before + 1);
    },
  );

  it("waits while the clock is paused, and is tried again when it runs", async () => {
    const { sandbox, arrivals, clock, act } = await withRefusal(3_600);
    sandbox.clock.advance("1d");
    await sandbox.deliver();
    const before = arrivals.length;
    act(() => clock.setSpeed(0));
    await vi.advanceTimersByTimeAsync(60_000);
    await sandbox.deliver();
    expect(arrivals).toHaveLength(before);
    act(() => clock.setSpeed(1));
    await vi.advanceTimersByTimeAsync(6_000);
    await sandbox.deliver();
    expect(arrivals).toHaveLength(before + 1);
  });

  it("lets no more events wait than fit into the memory", async () => {
    const { clock, webhooks, state } = await withRefusal(1);
    const at = clock.now().getTime();
    const event = {
      event: "user:credentials:invalidated",
      ...eventEnvelope(at),
      user: { id: "anna" },
      vendor: "EASEE",
    } as const;
    for (let count = 0; count < 10_500; count += 1) webhooks.publish(event, at);
    expect(state()).toMatchObject({ waiting: 10_001, droppedEvents: 500 });
  });
});
