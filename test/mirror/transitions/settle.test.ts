import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Mirror, TransitionName } from "../../../src/mirror/index.ts";
import { pass, useFakeClock } from "../../support/clock.ts";
import {
  at,
  begin,
  dateHeader,
  event,
  mirrorOf,
  page,
  stubbedWorld,
  updated,
  vehicle,
} from "../support/world.ts";

useFakeClock();
beforeEach(() => {
  vi.setSystemTime(begin);
});

/** The vehicle as it is now. */
function car(isPluggedIn: boolean | null) {
  const seconds = (Date.now() - begin) / 1_000;
  return { lastSeen: at(seconds), chargeState: { ...vehicle().chargeState, isPluggedIn } };
}

/** An event of now. */
function plugged(isPluggedIn: boolean | null) {
  return updated((Date.now() - begin) / 1_000, car(isPluggedIn));
}

function heard(mirror: Mirror, name: TransitionName = "vehicle:plugged-in"): string[] {
  const told: string[] = [];
  mirror.onTransition(
    name as "vehicle:plugged-in",
    ({ name, since }) => {
      told.push(`${name} since ${(since.getTime() - begin) / 1_000} s`);
    },
    { settle: "2m" },
  );
  return told;
}

describe("a state that has to last", () => {
  it("is told when its time is over, though no event comes", async () => {
    const { mirror } = stubbedWorld();
    const told = heard(mirror);
    await mirror.apply(plugged(false));
    await pass(10_000);
    await mirror.apply(plugged(true));
    await pass(119_000);
    expect(told).toEqual([]);
    await pass(2_000);
    expect(told).toEqual(["vehicle:plugged-in since 10 s"]);
    await pass(600_000);
    await mirror.apply(plugged(true));
    expect(told).toHaveLength(1);
  });

  it("is dropped when it ends earlier, and so is its end", async () => {
    const { mirror } = stubbedWorld();
    const told = [heard(mirror), heard(mirror, "vehicle:unplugged")];
    await mirror.apply(plugged(false));
    await pass(10_000);
    await mirror.apply(plugged(true));
    await pass(60_000);
    await mirror.apply(plugged(null));
    await mirror.apply(plugged(false));
    await pass(600_000);
    expect(told).toEqual([[], []]);
  });

  it("is not told of a user whose erasure has begun meanwhile, and forgotten", async () => {
    const { enode, mirror, store } = stubbedWorld();
    const told = heard(mirror);
    await mirror.apply(plugged(false));
    await pass(10_000);
    await mirror.apply(plugged(true));
    const { namespace } = enode;
    await store.upsert([
      {
        namespace,
        collection: "users",
        id: "u1",
        kind: "user",
        userId: "u1",
        vendor: null,
        identity: null,
        payload: null,
        partial: false,
        observedAt: Date.now() + 86_400_000,
        receivedAt: Date.now(),
        source: "erase",
      },
    ]);
    await pass(300_000);
    expect(told).toEqual([]);
    const query = { collection: "bookmarks", includeDeleted: true, limit: 10 } as const;
    expect(await store.listByUser(namespace, "u1", query)).toEqual([]);
  });

  it("is told by the process that follows, and by one of two", async () => {
    const { enode, mirror, store } = stubbedWorld();
    const none = heard(mirror);
    await mirror.apply(plugged(false));
    await pass(10_000);
    await mirror.apply(plugged(true));
    // As if it had ended: its timers are gone.
    vi.clearAllTimers();
    const heirs = [mirrorOf(enode, store).mirror, mirrorOf(enode, store).mirror];
    const told = heirs.map((heir) => heard(heir));
    await pass(300_000);
    expect(none).toEqual([]);
    expect(told.flat()).toEqual(["vehicle:plugged-in since 10 s"]);
  });

  it("is told with any other event, where timers do not outlive their request", async () => {
    const { enode, mirror, store } = stubbedWorld();
    heard(mirror);
    await mirror.apply(plugged(false));
    await pass(10_000);
    await mirror.apply(plugged(true));
    vi.clearAllTimers();
    const heir = mirrorOf(enode, store).mirror;
    const told = heard(heir);
    vi.clearAllTimers();
    await pass(300_000);
    expect(told).toEqual([]);
    await heir.apply(event("system:heartbeat", 310));
    await pass(1);
    expect(told).toEqual(["vehicle:plugged-in since 10 s"]);
  });

  it("is tried again when its handler fails, which is reported", async () => {
    const { mirror, errors } = stubbedWorld();
    const calls: string[] = [];
    mirror.onTransition(
      "vehicle:plugged-in",
      ({ id }) => {
        calls.push(id);
        if (calls.length === 1) throw new Error("down");
      },
      { settle: 1_000 },
    );
    await mirror.apply(plugged(false));
    await pass(10_000);
    await mirror.apply(plugged(true));
    await pass(3_000);
    expect(errors).toMatchObject([{ message: "down" }]);
    await pass(60_000);
    const id = `v1/vehicle:plugged-in/${begin + 10_000}`;
    expect(calls).toEqual([id, id]);
  });

  it("is not told when a reconciliation has found that it has ended", async () => {
    const { mirror } = stubbedWorld({
      "/vehicles": () => {
        const seconds = (Date.now() - begin) / 1_000;
        return page([vehicle(car(false))], null, dateHeader(seconds));
      },
    });
    const told = heard(mirror);
    await mirror.apply(plugged(false));
    await pass(10_000);
    await mirror.apply(plugged(true));
    await pass(60_000);
    await mirror.reconcile({ kinds: ["vehicle"] });
    await pass(600_000);
    expect(told).toEqual([]);
  });
});
