import { describe, expect, it, vi } from "vitest";
import type { Vehicle, WebhookEvent } from "../../generated/types.ts";
import type { DeviceStore } from "../../src/storage/index.ts";
import { ordersOf } from "../storage/support/device-orders.ts";
import { json } from "../support/stub.ts";
import {
  at,
  begin,
  dateHeader,
  deleted,
  discovered,
  event,
  page,
  type StubbedWorld,
  stubbedWorld,
  updated,
  vehicle,
} from "./support/world.ts";

const vehicles = { kinds: ["vehicle"] } as const;

/** A vehicle with a level that was read so many seconds after the beginning. */
function read(seconds: number, batteryLevel: number, more: Partial<Vehicle> = {}): Vehicle {
  const { chargeState } = vehicle();
  return vehicle({ lastSeen: at(seconds), chargeState: { ...chargeState, batteryLevel }, ...more });
}

/** An event of a time, with what was read at another one. */
function told(seconds: number, device: Vehicle): WebhookEvent {
  return updated(seconds, device);
}

async function levelIn({ mirror }: Pick<StubbedWorld, "mirror">): Promise<unknown> {
  const device = await mirror.devices.get("v1");
  return device?.kind === "vehicle" && !device.partial
    ? device.data.chargeState.batteryLevel
    : undefined;
}

describe("readings that fall while the times of their events rise", () => {
  const delivery = [told(10, read(9, 30)), told(11, read(7, 20)), told(12, read(5, 10))];

  it("leave the newest one, in whatever order the events come", async () => {
    for (const order of ordersOf(delivery)) {
      const together = stubbedWorld();
      await together.mirror.apply(order);
      expect(await levelIn(together)).toBe(30);
      const apart = stubbedWorld();
      for (const each of order) await apart.mirror.apply(each);
      expect(await levelIn(apart)).toBe(30);
    }
  });

  it("are found wherever the device has them", async () => {
    const charged = (seconds: number, batteryLevel: number) => {
      const { chargeState } = vehicle();
      return vehicle({ chargeState: { ...chargeState, batteryLevel, lastUpdated: at(seconds) } });
    };
    const world = stubbedWorld();
    await world.mirror.apply([told(10, charged(9, 30)), told(11, charged(7, 20))]);
    expect(await levelIn(world)).toBe(30);
  });

  it("do not come into it where one event has none", async () => {
    const { mirror } = stubbedWorld();
    const system = (seconds: number, name: string) =>
      event("user:hem-system:updated", seconds, { hemSystem: { id: "h", information: { name } } });
    await mirror.apply([system(20, "new"), system(10, "old")]);
    expect((await mirror.devices.get("h"))?.data).toMatchObject({ information: { name: "new" } });
  });

  it("do not come into it where what is known was kept by an earlier version", async () => {
    const world = stubbedWorld();
    await world.mirror.apply(told(10, read(5, 10)));
    const { store, enode } = world;
    const records = await store.getMany(enode.namespace, "devices", ["v1"]);
    await store.upsert(
      records.map(({ readingAt: _, ...record }) => ({ ...record, observedAt: begin + 20_000 })),
    );
    await world.mirror.apply(told(19, read(19, 20)));
    expect(await levelIn(world)).toBe(10);
    await world.mirror.apply(told(21, read(6, 30)));
    expect(await levelIn(world)).toBe(30);
  });
});

describe("a change without a new reading", () => {
  it("counts, and an earlier one does not undo it", async () => {
    const world = stubbedWorld();
    await world.mirror.apply([told(10, read(5, 1)), told(20, read(5, 2)), told(15, read(5, 3))]);
    expect(await levelIn(world)).toBe(2);
  });

  it("counts after the device was listed with the same reading", async () => {
    const world = stubbedWorld({ "/vehicles": () => page([read(5, 1)], null, dateHeader(50)) });
    await world.mirror.backfill(vehicles);
    await world.mirror.apply(told(52, read(5, 2)));
    expect(await levelIn(world)).toBe(2);
    await world.mirror.apply(told(53, read(4, 3)));
    expect(await levelIn(world)).toBe(2);
  });

  it("counts as a deletion, and as the device being back", async () => {
    const world = stubbedWorld({ "/users/u1": () => json({ id: "u1", linkedVendors: [] }) });
    await world.mirror.apply([told(10, read(9, 1)), deleted(20)]);
    expect(await world.mirror.devices.get("v1")).toBeUndefined();
    await world.mirror.apply([discovered(30), told(31, read(8, 2))]);
    expect(await levelIn(world)).toBe(2);
  });
});

describe("what is listed with an older reading than an event has told", () => {
  it("does not undo the event", async () => {
    const world = stubbedWorld({ "/vehicles": () => page([read(5, 1)], null, dateHeader(50)) });
    await world.mirror.apply(told(40, read(39, 2)));
    await world.mirror.backfill(vehicles);
    expect(await levelIn(world)).toBe(2);
  });

  it("is taken once it was read by its ID: Enode has withdrawn the newer one", async () => {
    const world = stubbedWorld({
      "/vehicles": () => page([read(5, 1)], null, dateHeader(50)),
      "/vehicles/v1": () => json(read(5, 1), 200, dateHeader(51)),
    });
    await world.mirror.apply(told(40, read(39, 2)));
    await world.mirror.reconcile(vehicles);
    expect(await levelIn(world)).toBe(1);
    // One that was under way, of a reading in between.
    await world.mirror.apply(told(41, read(38, 3)));
    expect(await levelIn(world)).toBe(1);
    await world.mirror.apply(told(60, read(59, 4)));
    expect(await levelIn(world)).toBe(4);
  });
});

describe.each([
  ["minutes", 600],
  ["years", 94_608_000],
])("a reading that is %s ahead", (_, lead) => {
  const wrong = told(10, read(10 + lead, 99));

  it("does not shut out the reading that follows", async () => {
    const world = stubbedWorld();
    await world.mirror.apply(wrong);
    expect(await levelIn(world)).toBe(99);
    await world.mirror.apply(told(12, read(11, 50)));
    expect(await levelIn(world)).toBe(50);
  });

  it("ends in the same whatever comes first", async () => {
    for (const order of ordersOf([wrong, told(12, read(11, 50)), told(9, read(8, 40))])) {
      const world = stubbedWorld();
      await world.mirror.apply(order);
      expect(await levelIn(world)).toBe(50);
    }
  });

  it("is followed by others of the same clock in the order of their events", async () => {
    const world = stubbedWorld();
    await world.mirror.apply([wrong, told(30, read(30 + lead, 97)), told(20, read(20 + lead, 98))]);
    expect(await levelIn(world)).toBe(97);
  });

  it("is as good as any other once its time has passed", async () => {
    const world = stubbedWorld();
    vi.spyOn(Date, "now").mockReturnValue(begin + (60 + lead) * 1_000);
    await world.mirror.apply([wrong, told(20 + lead, read(15 + lead, 50))]);
    expect(await levelIn(world)).toBe(50);
    await world.mirror.apply(told(21 + lead, read(14 + lead, 40)));
    expect(await levelIn(world)).toBe(50);
  });

  it("does not shut out what follows after it was listed", async () => {
    for (const headers of [dateHeader(50), {}]) {
      const listed = () => page([read(50 + lead, 99)], null, headers);
      const world = stubbedWorld({ "/vehicles": listed });
      // Without a date, it is by this machine's clock that a time is in the future.
      const seconds = "date" in headers ? 52 : (Date.now() - begin) / 1_000 + 2;
      await world.mirror.backfill(vehicles);
      expect(await levelIn(world)).toBe(99);
      await world.mirror.apply(told(seconds, read(seconds - 0.5, 50)));
      expect(await levelIn(world)).toBe(50);
    }
  });
});

describe("a reading that is ahead by no more than clocks differ", () => {
  it("is taken as it is", async () => {
    const world = stubbedWorld();
    await world.mirror.apply([told(10, read(10.5, 50)), told(10.4, read(10.3, 40))]);
    expect(await levelIn(world)).toBe(50);
  });
});

describe("a record whose reading is in the future, by whatever kept it", () => {
  it("has a reading that can be believed once it was reconciled", async () => {
    const world = stubbedWorld({ "/vehicles": () => page([read(49, 1)], null, dateHeader(50)) });
    await world.mirror.apply(told(10, read(9, 2)));
    await keptAhead(world.store, world.enode.namespace);
    const { counts } = await world.mirror.reconcile(vehicles);
    expect(counts).toMatchObject({ stale: 1, moved: 0 });
    expect(await levelIn(world)).toBe(1);
    await world.mirror.apply(told(60, read(59, 3)));
    expect(await levelIn(world)).toBe(3);
  });
});

async function keptAhead(store: DeviceStore, namespace: string): Promise<void> {
  const records = await store.getMany(namespace, "devices", ["v1"]);
  await store.upsert(records.map((each) => ({ ...each, readingAt: Date.now() + 3e10 })));
}
