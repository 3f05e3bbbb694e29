import { AsyncLocalStorage } from "node:async_hooks";
import { describe, expect, it, vi } from "vitest";
import { inOwnContext, sleepUntilWoken } from "../../src/runtime/sleep.ts";
import { Capacity } from "../../src/webhooks/receiver/shared/capacity.ts";
import { pass, useFakeClock } from "../support/clock.ts";

useFakeClock();

describe("a rest", () => {
  it("ends when it is woken, and leaves nothing behind", async () => {
    const wakes = new Set<() => void>();
    const rested = sleepUntilWoken(60_000, wakes);
    for (const wake of wakes) wake();

    await rested;
    expect(wakes.size).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends by its time, and leaves nothing behind", async () => {
    const wakes = new Set<() => void>();
    const rested = sleepUntilWoken(1_000, wakes);
    await pass(1_000);

    await rested;
    expect(wakes.size).toBe(0);
  });
});

describe("work that is called from elsewhere", () => {
  it("is done in the context in which it was made, each time", async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const call = context.run("made", () => inOwnContext(() => seen.push(context.getStore())));
    for (const name of ["one", "two", "three"]) {
      context.run(name, call);
      await pass(0);
    }

    expect(seen).toEqual(["made", "made", "made"]);
  });
});

describe("room", () => {
  it("is given back by who has taken it, else by its time", async () => {
    const room = new Capacity();
    const giveBack = room.hold(1_000, 2);
    room.hold(2_000);
    expect(room.taken).toBe(3);
    giveBack();
    giveBack();
    expect(room.taken).toBe(1);

    await pass(1_999);
    expect(room.taken).toBe(1);
    await pass(1);
    expect(room.taken).toBe(0);
  });
});
