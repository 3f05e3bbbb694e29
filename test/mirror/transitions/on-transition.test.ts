import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Vehicle } from "../../../generated/types.ts";
import type { Mirror, Transition } from "../../../src/mirror/index.ts";
import type { DeviceStore } from "../../../src/storage/index.ts";
import { DiscardError } from "../../../src/webhooks/index.ts";
import { useFakeClock } from "../../support/clock.ts";
import { createClient, json } from "../../support/stub.ts";
import {
  at,
  begin,
  createWorld,
  dateHeader,
  deleted,
  discovered,
  event,
  mirrorOf,
  page,
  stubbedWorld,
  updated,
  vehicle,
} from "../support/world.ts";

useFakeClock();
beforeEach(() => {
  // No event is from the future.
  vi.setSystemTime(begin + 3_600_000);
});

function car(seconds: number, changes: Partial<Vehicle["chargeState"]>) {
  const chargeState = { ...vehicle().chargeState, ...changes };
  return vehicle({ lastSeen: at(seconds), chargeState });
}

/** An event of a vehicle with these members of its charge state. */
function charge(seconds: number, changes: Partial<Vehicle["chargeState"]>) {
  return updated(seconds, car(seconds, changes));
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

  it("is told when another state of the same time was told before, once", async () => {
    const { mirror } = stubbedWorld();
    const names = heard(mirror);
    await mirror.apply(plugged(1, true));
    await mirror.apply(plugged(2, false));
    await mirror.apply(plugged(2, true));
    await mirror.apply(plugged(2, true));
    expect(names).toEqual(["vehicle:unplugged", "vehicle:plugged-in"]);
  });

  it("is told once, though its delivery comes again, and with it more than a dozen of the same time", async () => {
    const { mirror } = stubbedWorld();
    const told: string[] = [];
    for (let above = 50; above < 65; above++) {
      mirror.onTransition("vehicle:level-crossed", ({ id }) => void told.push(id), { above });
    }
    await mirror.apply(charge(1, { batteryLevel: 40 }));
    const both = [charge(2, { batteryLevel: 80 }), charge(2, { batteryLevel: 40 })];
    await mirror.apply(both);
    await mirror.apply(both);
    expect(told).toHaveLength(15);
    expect(new Set(told).size).toBe(15);
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

  it("that nobody takes fails its own event and those that it holds up, and is given up after a day", async () => {
    const { mirror, errors } = stubbedWorld();
    const names: string[] = [];
    mirror.onTransition("*", ({ name }) => {
      if (name === "vehicle:plugged-in") throw new Error("a bug");
      names.push(name);
    });
    await mirror.apply(plugged(1, false));
    await expect(mirror.apply(plugged(2, true))).rejects.toThrow("a bug");
    await expect(mirror.apply(plugged(2, true))).rejects.toThrow("a bug");
    // Nothing is to be told of this one.
    await mirror.apply(plugged(3, true));
    expect(errors).toMatchObject([{ message: "a bug" }]);
    await expect(mirror.apply(plugged(4, false))).rejects.toThrow("a bug");
    vi.setSystemTime(Date.now() + 86_400_000);
    await mirror.apply(plugged(4, false));
    expect(errors.slice(1)).toMatchObject([{ code: "discarded" }, { code: "discarded" }]);
    await mirror.apply(charge(5, { isPluggedIn: false, isCharging: true }));
    await mirror.apply(charge(6, { isPluggedIn: false, isCharging: false }));
    expect(names).toContain("vehicle:charging-stopped");
  });

  it("that a handler discards is not told to it again", async () => {
    const { mirror } = stubbedWorld();
    let calls = 0;
    mirror.onTransition("vehicle:plugged-in", () => {
      calls++;
      throw new DiscardError();
    });
    await mirror.apply(plugged(1, false));
    await expect(mirror.apply(plugged(2, true))).rejects.toThrow("cannot be handled");
    await mirror.apply(plugged(3, true));
    expect(calls).toBe(1);
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

describe("a device that has come to another user", () => {
  it("begins again, and shows nothing of the one before", async () => {
    const { mirror } = stubbedWorld();
    const names = heard(mirror);
    await mirror.apply(plugged(1, false));
    const moved = plugged(2, true);
    await mirror.apply({
      ...moved,
      user: { id: "u2" },
      vehicle: { ...car(2, { isPluggedIn: true }), userId: "u2" },
    } as never);
    expect(names).toEqual([]);
  });
});

describe("what is kept of transitions", () => {
  it("goes on in another process", async () => {
    const { enode, mirror, store } = stubbedWorld();
    heard(mirror);
    await mirror.apply(plugged(1, false));
    await mirror.apply(plugged(2, null));
    const other = mirrorOf(enode, store).mirror;
    const names = heard(other);
    await other.apply(plugged(3, true));
    expect(names).toEqual(["vehicle:plugged-in"]);
  });

  it("is told by one process when two have the same event at the same time", async () => {
    const { enode, mirror, store } = stubbedWorld();
    const other = mirrorOf(enode, store).mirror;
    const names = heard(mirror);
    const others = heard(other);
    await mirror.apply(plugged(1, false));
    const results = await Promise.allSettled([
      mirror.apply(plugged(2, true)),
      other.apply(plugged(2, true)),
    ]);
    const [busy] = results.filter(({ status }) => status === "rejected");
    expect(busy).toMatchObject({ reason: { name: "RetryLaterError" } });
    await other.apply(plugged(2, true));
    await mirror.apply(plugged(2, true));
    expect([...names, ...others]).toEqual(["vehicle:plugged-in"]);
  });

  it("is told when the event comes again after the process ended at any call of the store", async () => {
    for (let calls = 0; calls < 20; calls++) {
      const { enode, mirror, store } = stubbedWorld();
      heard(mirror);
      await mirror.apply([plugged(1, false)]);
      const dying = mirrorOf(enode, mortal(store, calls)).mirror;
      const before: string[] = [];
      dying.onTransition("*", ({ id }) => {
        before.push(id);
      });
      await dying.apply([plugged(2, true), plugged(3, false)]).catch(() => undefined);
      // The lock of the dead process has ended.
      vi.setSystemTime(Date.now() + 61_000);
      const heir = mirrorOf(enode, store).mirror;
      const after: string[] = [];
      heir.onTransition("*", ({ id }) => {
        after.push(id);
      });
      await heir.apply([plugged(2, true), plugged(3, false)]);
      await heir.apply([plugged(2, true), plugged(3, false)]);
      const all = [2, 3].map(
        (time) => `v1/vehicle:${time === 2 ? "plugged-in" : "unplugged"}/${Date.parse(at(time))}`,
      );
      expect([...new Set([...before, ...after])], `after ${calls} calls`).toEqual(all);
      // Only the one that was told when the process died may be told twice.
      expect(before.length + after.length, `after ${calls} calls`).toBeLessThanOrEqual(3);
    }
  });

  it("is erased with its user", async () => {
    const { enode, mirror, store } = stubbedWorld();
    mirror.onTransition("vehicle:plugged-in", () => {
      throw new Error("down");
    });
    await mirror.apply(plugged(1, false));
    await expect(mirror.apply(plugged(2, true))).rejects.toThrow("down");
    const query = { collection: "bookmarks", includeDeleted: true, limit: 10 } as const;
    expect(await store.listByUser(enode.namespace, "u1", query)).toHaveLength(1);
    await store.remove(enode.namespace, { collection: "bookmarks", userId: "u1" });
    expect(await store.list(enode.namespace, query)).toEqual([]);
  });

  it("is removed with its device", async () => {
    const { enode, mirror, store } = stubbedWorld();
    const names = heard(mirror);
    await mirror.apply(plugged(1, false));
    await mirror.apply(plugged(2, true));
    await mirror.apply(deleted(3));
    const query = { collection: "bookmarks", includeDeleted: true, limit: 10 } as const;
    expect(await store.list(enode.namespace, query)).toEqual([]);
    expect(names).toEqual(["vehicle:plugged-in"]);
  });

  it("is nothing as long as there is no handler", async () => {
    const { enode, mirror, store } = stubbedWorld();
    await mirror.apply([plugged(1, false), plugged(2, true), deleted(3)]);
    const query = { collection: "bookmarks", includeDeleted: true, limit: 10 } as const;
    expect(await store.list(enode.namespace, query)).toEqual([]);
  });

  it("never meets that of another client", async () => {
    const { enode, mirror, store } = stubbedWorld();
    const foreign = createClient({ clientId: "another", fetch: async () => json({}) });
    expect(foreign.namespace).not.toBe(enode.namespace);
    const other = mirrorOf(foreign, store).mirror;
    const names = heard(mirror);
    const others = heard(other);
    await mirror.apply(plugged(1, false));
    await other.apply(plugged(2, true));
    await mirror.apply(plugged(3, true));
    expect([names, others]).toEqual([["vehicle:plugged-in"], []]);
  });

  it("is told of by each of two processes that listen to different names", async () => {
    const { enode, mirror, store } = stubbedWorld();
    const other = mirrorOf(enode, store).mirror;
    const told: string[] = [];
    mirror.onTransition("vehicle:level-crossed", ({ name }) => void told.push(name), { above: 60 });
    other.onTransition("vehicle:unplugged", ({ name }) => void told.push(name));
    await mirror.apply(charge(1, { isPluggedIn: true, batteryLevel: 50 }));
    await other.apply(charge(2, { isPluggedIn: false, batteryLevel: 50 }));
    await mirror.apply(charge(3, { isPluggedIn: true, batteryLevel: 65 }));
    await other.apply(charge(4, { isPluggedIn: false, batteryLevel: 65 }));
    expect(told).toEqual(["vehicle:unplugged", "vehicle:level-crossed", "vehicle:unplugged"]);
  });

  it("begins with the state that the mirror has when the handler is new", async () => {
    const { enode, mirror, store } = stubbedWorld();
    await mirror.apply(plugged(1, false));
    const other = mirrorOf(enode, store).mirror;
    const names = heard(other);
    await other.apply(plugged(2, true));
    expect(names).toEqual(["vehicle:plugged-in"]);
    // And after a time without handlers it begins with what was found meanwhile.
    await mirror.apply(plugged(3, false));
    await other.apply(plugged(4, false));
    await other.apply(plugged(5, true));
    expect(names).toEqual(["vehicle:plugged-in", "vehicle:plugged-in"]);
  });
});

describe("what a reconciliation finds", () => {
  function world() {
    let changes: Partial<Vehicle["chargeState"]> = {};
    let seconds = 10;
    const stubbed = stubbedWorld({
      "/vehicles": () => {
        return page([car(seconds, changes)], null, dateHeader(seconds));
      },
    });
    const find = async (found: Partial<Vehicle["chargeState"]> | boolean) => {
      changes = typeof found === "boolean" ? { isPluggedIn: found } : found;
      seconds += 10;
      vi.setSystemTime(begin + seconds * 1_000);
      await stubbed.mirror.reconcile({ kinds: ["vehicle"] });
    };
    return { ...stubbed, find };
  }

  it("is not told, and is where the next transition begins", async () => {
    const { mirror, find } = world();
    const names = heard(mirror);
    await find(false);
    await find(true);
    expect(names).toEqual([]);
    vi.setSystemTime(begin + 3_600_000);
    await mirror.apply(plugged(60, true));
    expect(names).toEqual([]);
    await mirror.apply(plugged(70, false));
    expect(names).toEqual(["vehicle:unplugged"]);
  });

  it("takes nothing from what was known by events, where it does not say it itself", async () => {
    const { mirror, find } = world();
    const told: string[] = [];
    mirror.onTransition("vehicle:level-crossed", ({ name }) => void told.push(name), { above: 60 });
    mirror.onTransition("vehicle:unplugged", ({ name }) => void told.push(name));
    await mirror.apply(charge(11, { isPluggedIn: true, batteryLevel: 62 }));
    // Between the bound and its hysteresis.
    await find({ isPluggedIn: null, batteryLevel: 59.5 });
    vi.setSystemTime(begin + 3_600_000);
    await mirror.apply(charge(22, { isPluggedIn: null, batteryLevel: 60.5 }));
    expect(told).toEqual([]);
    await mirror.apply(charge(23, { isPluggedIn: false, batteryLevel: 57 }));
    expect(told).toEqual(["vehicle:unplugged"]);
    await find({ isPluggedIn: null, batteryLevel: 59.5 });
    vi.setSystemTime(begin + 3_600_000);
    await mirror.apply(charge(31, { isPluggedIn: false, batteryLevel: 60.5 }));
    expect(told).toEqual(["vehicle:unplugged", "vehicle:level-crossed"]);
  });

  it("is told to handlers that ask for it, and a failure does not end the reconciliation", async () => {
    const { mirror, errors, find } = world();
    const names = heard(mirror);
    const late: string[] = [];
    let isDown = true;
    mirror.onTransition(
      "vehicle:plugged-in",
      ({ name }) => {
        if (isDown) throw new Error("down");
        late.push(name);
      },
      { catchUp: true },
    );
    await find(false);
    await find(true);
    expect(errors).toMatchObject([{ message: "down" }]);
    isDown = false;
    await find(true);
    expect([names, late]).toEqual([[], ["vehicle:plugged-in"]]);
  });
});

describe("other transitions", () => {
  it("are those of actions that have failed, once each", async () => {
    const { mirror } = stubbedWorld();
    const told: unknown[] = [];
    mirror.onTransition("action:failed", ({ id, action, previous, device, since, userId }) => {
      told.push([id, action.data.failureReason, previous?.state, device?.id, since, userId]);
    });
    const action = (seconds: number, state: string, failureReason: object | null = null) =>
      event("user:vendor-action:updated", seconds, {
        vendorAction: {
          id: "a1",
          userId: "u1",
          targetId: "v1",
          targetType: "vehicle",
          kind: "START",
          state,
          failureReason,
          createdAt: at(1),
          updatedAt: at(seconds),
          completedAt: state === "PENDING" ? null : at(seconds),
        },
        updatedFields: [],
      });
    const reason = { type: "NO_RESPONSE", detail: "nothing" };
    await mirror.apply(plugged(1, true));
    await mirror.apply(action(2, "PENDING"));
    await mirror.apply(action(3, "FAILED", reason));
    await mirror.apply(action(3, "FAILED", reason));
    await mirror.apply(action(2, "PENDING"));
    expect(told).toEqual([["v1/action:failed/a1", reason, "PENDING", "v1", new Date(at(3)), "u1"]]);
  });

  it("are those of credentials, from the user that is read", async () => {
    const world = createWorld({
      fleet: [{ id: "anna", vehicles: [{ vendor: "TESLA" }, { vendor: "TESLA" }] }],
    });
    vi.setSystemTime(world.sandbox.clock.now());
    const told: unknown[] = [];
    for (const name of ["credentials:invalid", "credentials:valid"] as const) {
      world.mirror.onTransition(name, ({ vendor, userId, user, previous }) => {
        told.push([name, vendor, userId, user.data.linkedVendors, previous.data.linkedVendors]);
      });
    }
    await world.mirror.backfill();
    expect(told).toEqual([]);
    world.sandbox.clock.advance(10_000);
    vi.setSystemTime(world.sandbox.clock.now());
    world.sandbox.invalidateCredentials("anna", "TESLA");
    const invalidated = {
      ...event("user:credentials:invalidated", 0, { vendor: "TESLA", user: { id: "anna" } }),
      createdAt: world.sandbox.clock.now().toISOString(),
    };
    await world.mirror.apply(invalidated);
    await world.mirror.apply(invalidated);
    const account = (isValid: boolean) => [{ vendor: "TESLA", vendorType: "vehicle", isValid }];
    expect(told).toEqual([["credentials:invalid", "TESLA", "anna", account(false), account(true)]]);
  });

  it("are not found in what a discovery holds", async () => {
    const { mirror } = stubbedWorld({
      "/users/u1": () => json({ id: "u1", linkedVendors: [] }, 200, dateHeader(1)),
    });
    const names = heard(mirror);
    await mirror.apply(discovered(1));
    await mirror.apply(plugged(2, true));
    await mirror.apply(plugged(3, false));
    expect(names).toEqual(["vehicle:unplugged"]);
  });

  it("are told to a handler until it is removed", async () => {
    const { mirror } = stubbedWorld();
    const names: string[] = [];
    const remove = mirror.onTransition("*", ({ name }) => {
      names.push(name);
    });
    await mirror.apply([plugged(1, false), plugged(2, true)]);
    remove();
    await mirror.apply(plugged(3, false));
    expect(names).toEqual(["vehicle:plugged-in"]);
  });
});

/** A store of a process that ends after so many calls: whatever comes then is not done. */
function mortal(store: DeviceStore, calls: number): DeviceStore {
  let left = calls;
  return new Proxy(store, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== "function") return method;
      return async (...values: unknown[]) => {
        if (left-- <= 0) throw new Error("the process is dead");
        return method.apply(target, values);
      };
    },
  });
}
