import { describe, expect, it } from "vitest";
import { createWorld, day, hour, start, vehicleAt } from "../support/world.ts";

const metric = "chargeState.batteryLevel";
const query = { deviceId: "car", metric, from: start, to: start + 3 * hour, every: "1h" } as const;

describe("history.series", () => {
  it("weighs values by how long they held", async () => {
    const { history } = createWorld();
    await history.apply([
      vehicleAt(start, { batteryLevel: 50 }),
      vehicleAt(start + hour / 4, { batteryLevel: 70 }),
      vehicleAt(start + hour, { batteryLevel: 80 }),
    ]);
    const { points, unit, userId, kind } = await history.series(query);
    expect({ unit, userId, kind }).toEqual({ unit: "%", userId: "anna", kind: "vehicle" });
    expect(points[0]).toEqual({
      from: new Date(start),
      to: new Date(start + hour),
      count: 2,
      min: 50,
      max: 70,
      last: 70,
      mean: 65,
      coverage: 1,
    });
    expect(points[2]).toMatchObject({
      count: 0,
      min: 80,
      max: 80,
      last: 80,
      mean: 80,
      coverage: 1,
    });
  });

  it("takes null as a gap, and not as zero", async () => {
    const { history } = createWorld();
    await history.apply([
      vehicleAt(start, { batteryLevel: 50 }),
      vehicleAt(start + hour / 2, { batteryLevel: null }),
    ]);
    const { points } = await history.series(query);
    expect(points[0]).toMatchObject({ mean: 50, min: 50, coverage: 0.5 });
    expect(points[1]).toEqual({
      from: new Date(start + hour),
      to: new Date(start + 2 * hour),
      count: 0,
      min: null,
      max: null,
      last: null,
      mean: null,
      coverage: 0,
    });
  });

  it("lets a reading hold for maxAge", async () => {
    const { history } = createWorld({ maxAge: 1.5 * hour });
    await history.apply(vehicleAt(start, { batteryLevel: 50 }));
    const { points } = await history.series(query);
    expect(points.map(({ coverage }) => coverage)).toEqual([1, 0.5, 0]);
  });

  it("gives the same after a roll-up, and when readings are gone", async () => {
    const { history } = createWorld({ keepRaw: 3 });
    await history.apply([
      vehicleAt(start, { batteryLevel: 50 }),
      vehicleAt(start + hour / 4, { batteryLevel: 70 }),
      vehicleAt(start + hour, { batteryLevel: 80 }),
    ]);
    const whole = { ...query, to: start + 2 * day } as const;
    const before = await history.series(whole);
    expect(await history.maintain()).toMatchObject({ removedReadings: 2 });
    expect(await history.series(whole)).toEqual(before);
  });

  it("tells how much of the time each state held", async () => {
    const { history } = createWorld();
    await history.apply([
      vehicleAt(start, { powerDeliveryState: "UNPLUGGED" }),
      vehicleAt(start + hour / 4, { powerDeliveryState: "PLUGGED_IN:CHARGING" }),
    ]);
    const { points } = await history.series({
      ...query,
      metric: "chargeState.powerDeliveryState",
    });
    expect(points[0]).toMatchObject({
      states: { UNPLUGGED: 0.25, "PLUGGED_IN:CHARGING": 0.75 },
      last: "PLUGGED_IN:CHARGING",
      mean: null,
      coverage: 1,
    });
  });

  it("knows nothing of the future", async () => {
    const world = createWorld();
    world.now = start + hour / 2;
    await world.history.apply(vehicleAt(start, { batteryLevel: 50 }));
    const { points } = await world.history.series(query);
    expect(points.map(({ coverage }) => coverage)).toEqual([0.5, 0, 0]);
  });

  it("is the same whatever the order and however often events come", async () => {
    const events = [
      vehicleAt(start, { batteryLevel: 50 }),
      vehicleAt(start + hour / 2, { batteryLevel: 60 }),
      vehicleAt(start + hour, { batteryLevel: null }),
    ];
    const [one, other] = [createWorld(), createWorld()];
    await one.history.apply(events);
    for (const event of [...events.reverse(), ...events]) await other.history.apply(event);
    expect(await other.history.series(query)).toEqual(await one.history.series(query));
  });

  it("is of the present owner of a device, and never of two", async () => {
    const { history } = createWorld();
    await history.apply([
      vehicleAt(start, { batteryLevel: 50 }, { userId: "anna" }),
      vehicleAt(start + hour, { batteryLevel: 90 }, { userId: "ben" }),
    ]);
    const present = await history.series(query);
    expect(present.userId).toBe("ben");
    expect(present.points.map(({ mean }) => mean)).toEqual([null, 90, 90]);
    const before = await history.series({ ...query, userId: "anna" });
    expect(before.points.map(({ mean }) => mean)).toEqual([50, 50, 50]);
  });

  it("needs the single readings for parts shorter than a quarter of an hour", async () => {
    const { history } = createWorld({ keepRaw: 3 });
    await history.apply([
      vehicleAt(start, { batteryLevel: 50 }),
      vehicleAt(start + 60_000, { batteryLevel: 51 }),
      vehicleAt(start + 2 * day, { batteryLevel: 60 }),
    ]);
    const fine = { ...query, to: start + 120_000, every: "1m" } as const;
    expect((await history.series(fine)).points.map(({ mean }) => mean)).toEqual([50, 51]);
    await history.maintain();
    expect((await history.series(fine)).points.map(({ mean }) => mean)).toEqual([null, null]);
  });

  it("reads any number of readings", async () => {
    const { history } = createWorld();
    const events = Array.from({ length: 5_100 }, (_, index) =>
      vehicleAt(start + index * 1_000, { batteryLevel: index % 2 }),
    );
    await history.apply(events);
    const { points } = await history.series(query);
    expect(points.map(({ count }) => count)).toEqual([3_600, 1_500, 0]);
    expect(points[0]).toMatchObject({ mean: 0.5, coverage: 1 });
  });

  it("has no more to tell of a device that nobody knows", async () => {
    const { history } = createWorld();
    const { points, ...rest } = await history.series(query);
    expect(rest).toEqual({
      deviceId: "car",
      metric,
      userId: undefined,
      kind: undefined,
      unit: undefined,
    });
    expect(points).toHaveLength(3);
  });
});
