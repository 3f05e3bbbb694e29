import { describe, expect, it } from "vitest";
import type { DeviceStore } from "../../../src/storage/index.ts";
import { pass, useFakeClock } from "../../support/clock.ts";
import { page, stubbedWorld, updated, vehicle } from "../support/world.ts";

useFakeClock();

/** An event of so many seconds after the clock's present, telling a level. */
function news(seconds: number, batteryLevel: number) {
  const { chargeState } = vehicle();
  return {
    ...updated(0, { chargeState: { ...chargeState, batteryLevel } }),
    createdAt: new Date(Date.now() + seconds * 1_000).toISOString(),
  };
}

function listed(batteryLevel: number, headers: Record<string, string> = {}) {
  return () =>
    page([vehicle({ chargeState: { ...vehicle().chargeState, batteryLevel } })], null, headers);
}

const now = () => ({ date: new Date().toUTCString() });
const ready = (seconds: number) => () =>
  new Response(null, {
    status: 204,
    headers: { date: new Date(Date.now() + seconds * 1_000).toUTCString() },
  });

async function levelIn({ mirror }: Pick<ReturnType<typeof stubbedWorld>, "mirror">) {
  const device = await mirror.devices.get("v1");
  return device?.kind === "vehicle" && !device.partial
    ? device.data.chargeState.batteryLevel
    : undefined;
}

/** As an earlier version has kept it. */
async function ageInto(store: DeviceStore, seconds: number) {
  const records = await store.getMany("sandbox:client-1", "devices", ["v1"]);
  const observedAt = Date.now() + seconds * 1_000;
  await store.upsert(records.map((record) => ({ ...record, observedAt })));
}

describe("an event dated in the future", () => {
  it("does not shut out the one that follows it", async () => {
    const world = stubbedWorld();
    await world.mirror.apply(news(600, 40));
    await world.mirror.apply(news(0, 50));
    expect(await levelIn(world)).toBe(50);
  });

  it("does not do so where Enode's answers have the time", async () => {
    const world = stubbedWorld({ "/health/ready": ready(0) });
    await world.mirror.apply(news(0, 30));
    await pass(5_000);
    await world.mirror.apply(news(31_536_000, 40));
    expect(await levelIn(world)).toBe(40);
    await world.mirror.apply(news(0, 50));
    expect(await levelIn(world)).toBe(50);
  });

  it("is no such event when it is this machine's clock that is behind", async () => {
    const world = stubbedWorld({ "/health/ready": ready(600) });
    await world.mirror.apply(news(600, 50));
    await pass(3_000);
    // An older one that was late.
    await world.mirror.apply(news(595, 40));
    expect(await levelIn(world)).toBe(50);
    expect(world.requests).toEqual(["GET /health/ready"]);
  });

  it("waits no longer than that for Enode, and does not ask again at once when it is down", async () => {
    const world = stubbedWorld({ "/health/ready": () => new Promise(() => undefined) });
    const applied = world.mirror.apply(news(600, 40));
    await pass(2_000);
    await applied;
    await world.mirror.apply(news(600, 50));
    expect(await levelIn(world)).toBe(50);
    expect(world.requests).toHaveLength(1);
  });
});

describe("a record that is dated in the future", () => {
  it("has a time that can be believed once it was reconciled", async () => {
    const world = stubbedWorld({ "/vehicles": () => listed(57, now())() });
    await world.mirror.apply(news(0, 77));
    await ageInto(world.store, 31_536_000);
    const changes: string[] = [];
    world.mirror.devices.watch(({ type }) => changes.push(type));
    const { counts } = await world.mirror.reconcile({ kinds: ["vehicle"] });
    expect(counts).toMatchObject({ stale: 1, missing: 0 });
    expect(await levelIn(world)).toBe(57);
    await pass(2_000);
    await world.mirror.apply(news(0, 58));
    expect(await levelIn(world)).toBe(58);
    expect(changes).toEqual(["changed", "changed"]);
  });

  it("is found to be deleted when Enode no longer has it", async () => {
    const world = stubbedWorld({ "/vehicles": () => page([], null, now()) });
    await world.mirror.apply(news(0, 77));
    await ageInto(world.store, 31_536_000);
    const { counts } = await world.mirror.reconcile({ kinds: ["vehicle"] });
    expect(counts.orphaned).toBe(1);
    expect(await world.mirror.devices.get("v1")).toBeUndefined();
  });

  it("leaves the mark of an erased user alone", async () => {
    const world = stubbedWorld({ "/users": () => page([], null, now()) });
    const mark = {
      namespace: "sandbox:client-1",
      collection: "users" as const,
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
    };
    await world.store.upsert([mark]);
    await world.mirror.reconcile({ kinds: ["user"] });
    expect(await world.store.get("sandbox:client-1", "users", "u1")).toEqual(mark);
  });
});
