import { describe, expect, it } from "vitest";
import { createWorld, day, hour, start, vehicleAt } from "./support/world.ts";

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
});
