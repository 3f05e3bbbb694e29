import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Vehicle } from "../../../generated/types.ts";
import type { Mirror, Transition } from "../../../src/mirror/index.ts";
import { createSandbox } from "../../../src/sandbox/index.ts";
import { memoryStorage } from "../../../src/storage/index.ts";
import { useFakeClock } from "../../support/clock.ts";
import { createClient } from "../../support/stub.ts";
import { at, begin, deleted, mirrorOf, stubbedWorld, updated, vehicle } from "../support/world.ts";

useFakeClock();
beforeEach(() => {
  // No event is from the future.
  vi.setSystemTime(begin + 3_600_000);
});

/** An event of a vehicle with these members of its charge state. */
function charge(seconds: number, changes: Partial<Vehicle["chargeState"]>) {
  const chargeState = { ...vehicle().chargeState, ...changes };
  return updated(seconds, { lastSeen: at(seconds), chargeState });
}

function plugged(seconds: number, isPluggedIn: boolean | null) {
  return charge(seconds, { isPluggedIn });
}

/** What a mirror tells, by name. */
function heard(mirror: Mirror): string[] {
  const names: string[] = [];
  mirror.onTransition("*", ({ name }) => {
    names.push(name);
  });
  return names;
}

describe("a transition", () => {
  it("is told with the device after it and before it", async () => {
    const { mirror } = stubbedWorld();
    const told: Transition[] = [];
    mirror.onTransition("vehicle:plugged-in", (transition) => {
      told.push(transition);
      expect(transition.device.data.chargeState.isPluggedIn).toBe(true);
      expect(transition.previous.data.chargeState.isPluggedIn).toBe(false);
    });
    await mirror.apply(plugged(1, false));
    expect(told).toEqual([]);
    await mirror.apply(charge(9, { isPluggedIn: true, lastUpdated: at(8) }));
    expect(told).toMatchObject([
      {
        name: "vehicle:plugged-in",
        id: `v1/vehicle:plugged-in/${Date.parse(at(9))}`,
        since: new Date(at(8)),
        userId: "u1",
      },
    ]);
  });

  it("is told once, though its event comes again", async () => {
    const { mirror } = stubbedWorld();
    const names = heard(mirror);
    await mirror.apply(plugged(1, false));
    await mirror.apply(plugged(2, true));
    await mirror.apply(plugged(2, true));
    await mirror.apply([plugged(1, false), plugged(2, true)]);
    expect(names).toEqual(["vehicle:plugged-in"]);
  });

  it("is not found between a state and an older one that comes late", async () => {
    const { mirror } = stubbedWorld();
    const names = heard(mirror);
    await mirror.apply(plugged(1, false));
    await mirror.apply(plugged(5, false));
    await mirror.apply(plugged(3, true));
    expect(names).toEqual([]);
  });

  it("is told for each of several states of one delivery", async () => {
    const { mirror } = stubbedWorld();
    const names = heard(mirror);
    await mirror.apply([plugged(1, false), plugged(2, true), plugged(3, false), plugged(4, true)]);
    expect(names).toEqual(["vehicle:plugged-in", "vehicle:unplugged", "vehicle:plugged-in"]);
  });

  it("is none when a value is not known in between, and one when it is another one after", async () => {
    const { mirror } = stubbedWorld();
    const names = heard(mirror);
    await mirror.apply(plugged(1, false));
    await mirror.apply(plugged(2, null));
    await mirror.apply(plugged(3, false));
    expect(names).toEqual([]);
    await mirror.apply(plugged(4, null));
    await mirror.apply(plugged(5, true));
    expect(names).toEqual(["vehicle:plugged-in"]);
  });

  it("is told again to a handler that has failed, and to no other one", async () => {
    const { mirror } = stubbedWorld();
    const calls: string[] = [];
    mirror.onTransition("vehicle:plugged-in", ({ id }) => {
      calls.push(`good ${id}`);
    });
    let isDown = true;
    mirror.onTransition("vehicle:plugged-in", ({ id }) => {
      calls.push(`bad ${id}`);
      if (isDown) throw new Error("down");
    });
    await mirror.apply(plugged(1, false));
    await expect(mirror.apply(plugged(2, true))).rejects.toThrow("down");
    isDown = false;
    await mirror.apply(plugged(2, true));
    await mirror.apply(plugged(2, true));
    const id = `v1/vehicle:plugged-in/${Date.parse(at(2))}`;
    expect(calls).toEqual([`good ${id}`, `bad ${id}`, `bad ${id}`]);
  });

  it("that has failed is told before the ones that follow, with the same ID", async () => {
    const { mirror } = stubbedWorld();
    let isDown = true;
    const told: string[] = [];
    mirror.onTransition("*", ({ name, since }) => {
      if (isDown) throw new Error("down");
      told.push(`${name} ${since.toISOString()}`);
    });
    await mirror.apply(plugged(1, false));
    await expect(mirror.apply(plugged(2, true))).rejects.toThrow("down");
    isDown = false;
    await mirror.apply(plugged(3, false));
    expect(told).toEqual([`vehicle:plugged-in ${at(2)}`, `vehicle:unplugged ${at(3)}`]);
  });

  it("is not told of the first state of a device", async () => {
    const { mirror } = stubbedWorld();
    const names = heard(mirror);
    await mirror.apply(plugged(1, true));
    await mirror.apply(deleted(2));
    await mirror.apply(plugged(3, false));
    expect(names).toEqual([]);
  });
});

void createSandbox;
void memoryStorage;
void createClient;
void mirrorOf;
