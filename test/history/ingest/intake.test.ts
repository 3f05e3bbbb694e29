import { describe, expect, it } from "vitest";
import type { WebhookEvent } from "../../../generated/types.ts";
import type { HistoryOptions } from "../../../src/history/index.ts";
import type { Reading, ReadingStore } from "../../../src/storage/index.ts";
import { createWorld, day, eventOf, hour, start, vehicleAt } from "../support/world.ts";

/** What a history hands to its store. */
async function readingsOf(
  events: WebhookEvent | WebhookEvent[],
  options: Partial<HistoryOptions> = {},
): Promise<{ readings: Reading[]; errors: unknown[]; calls: number[] }> {
  const readings: Reading[] = [];
  const calls: number[] = [];
  const world = createWorld();
  const store: ReadingStore = {
    ...Object.fromEntries(
      ["series", "read", "rolledDays", "rollUp", "staleDays", "saveDays", "prune", "erase"].map(
        (name) => [name, async () => []],
      ),
    ),
    async append(_namespace: string, some: readonly Reading[]) {
      calls.push(some.length);
      readings.push(...some);
      return { tooLate: 0 };
    },
    // A history calls `append` only.
  } as unknown as ReadingStore;
  const { history, errors } = createWorld({ enode: world.enode, store, ...options });
  await history.apply(events);
  return { readings, errors, calls };
}

function valueIn(readings: readonly Reading[], metric: string): Reading["value"] | undefined {
  return readings.find((each) => each.metric === metric)?.value;
}

const read = start + hour;

describe("readings of an event", () => {
  it("are of the time at which the device was read", async () => {
    const { readings } = await readingsOf(
      vehicleAt(read, { batteryLevel: 55, isPluggedIn: true }, { at: read + 30_000 }),
    );
    expect(readings).toEqual([
      {
        userId: "anna",
        deviceId: "car",
        kind: "vehicle",
        metric: "chargeState.batteryLevel",
        at: read,
        value: 55,
        observedAt: read + 30_000,
      },
      {
        userId: "anna",
        deviceId: "car",
        kind: "vehicle",
        metric: "chargeState.isPluggedIn",
        at: read,
        value: 1,
        observedAt: read + 30_000,
      },
    ]);
  });

  it.each([
    ["missing", undefined],
    ["null", null],
    ["no time", "yesterday"],
    ["the zero of a calendar", "0001-01-01T00:00:00Z"],
    ["the epoch", "1970-01-01T00:00:00Z"],
    ["in the future", new Date(read + day).toISOString()],
  ])("are of the event when that time is %s", async (_, lastUpdated) => {
    const event = vehicleAt(read, { batteryLevel: 55, lastUpdated: lastUpdated as never });
    const { readings } = await readingsOf(event);
    expect(readings).toMatchObject([{ at: read, value: 55 }]);
  });

  it("take a clock that is a little ahead at its word", async () => {
    const { readings } = await readingsOf(
      vehicleAt(read + 900, { batteryLevel: 55 }, { at: read }),
    );
    expect(readings).toMatchObject([{ at: read + 900 }]);
  });

  it("are of the event where they have changed and their time has not", async () => {
    const event = vehicleAt(read - day, { batteryLevel: 55 }, { at: read });
    const of = (updatedFields: string[]) => readingsOf({ ...event, updatedFields } as WebhookEvent);
    const level = "chargeState.batteryLevel";
    expect((await of([level])).readings).toMatchObject([{ at: read }]);
    expect((await of([level, "chargeState.lastUpdated"])).readings).toMatchObject([
      { at: read - day },
    ]);
    expect((await of(["odometer.distance"])).readings).toMatchObject([{ at: read - day }]);
  });

  it("keep null as null", async () => {
    const { readings } = await readingsOf(
      vehicleAt(read, { batteryLevel: null, isCharging: null }),
    );
    expect(valueIn(readings, "chargeState.batteryLevel")).toBeNull();
    expect(valueIn(readings, "chargeState.isCharging")).toBeNull();
  });

  it("end with the device", async () => {
    const { readings } = await readingsOf(
      vehicleAt(read, { batteryLevel: 55 }, { at: read + hour, name: "user:vehicle:deleted" }),
    );
    expect(readings).toMatchObject([
      { metric: "chargeState.batteryLevel", at: read + hour, value: null },
    ]);
  });

  it("are none of a device that was just discovered, but of a charger", async () => {
    const name = "user:vehicle:discovered";
    expect((await readingsOf(vehicleAt(read, { batteryLevel: 1 }, { name }))).readings).toEqual([]);
    const charger = { id: "box", chargeState: { isCharging: true } };
    const event = eventOf("charger", charger, { at: read, name: "user:charger:discovered" });
    expect((await readingsOf(event)).readings).toMatchObject([{ value: 1, deviceId: "box" }]);
  });

  it.each([
    ["a text", "55"],
    ["no number", Number.NaN],
    ["an object", {}],
  ])("leave out %s in place of a number, and report it once", async (_, value) => {
    const event = vehicleAt(read, { batteryLevel: value as never, range: 200 });
    const { readings, errors } = await readingsOf([event, event]);
    expect(readings.map(({ metric }) => metric)).toEqual([
      "chargeState.range",
      "chargeState.range",
    ]);
    expect(errors).toHaveLength(1);
    expect(String(errors[0])).toContain("chargeState.batteryLevel of a vehicle: it is no number");
  });

  it("leave out what is in another unit, and report it once", async () => {
    const of = (unit: string) =>
      eventOf(
        "hemSystem",
        { id: "home", status: { energy: { today: { unit, import: 5 } } } },
        { at: read },
      );
    const { readings, errors } = await readingsOf([of("Wh"), of("kWh"), of("Wh")]);
    expect(readings).toMatchObject([{ value: 5 }]);
    expect(errors).toHaveLength(1);
    expect(String(errors[0])).toContain("is not in kWh");
  });

  it("report a number that nobody has described once, but no place", async () => {
    const event = vehicleAt(read, { batteryLevel: 55, flux: 3 } as never);
    const located = eventOf(
      "vehicle",
      { id: "car", location: { id: "home", latitude: 59, longitude: 10 } },
      { at: read },
    );
    const { readings, errors } = await readingsOf([event, event, located]);
    expect(readings).toHaveLength(3);
    expect(errors).toHaveLength(1);
    expect(String(errors[0])).toContain("chargeState.flux of a vehicle: it is not described");
  });

  it("are those that were chosen", async () => {
    const { readings } = await readingsOf(vehicleAt(read, { batteryLevel: 55, range: 200 }), {
      metrics: { vehicle: ["chargeState.range"] },
    });
    expect(readings).toMatchObject([{ metric: "chargeState.range", value: 200 }]);
  });

  it.each([
    ["createdAt", { createdAt: "soon" }],
    ["user.id", { user: {} }],
    ["vehicle.id", { vehicle: {} }],
    ["user.id", { user: { id: "an\0na" } }],
  ])("are none of an event whose %s is invalid, which is reported", async (field, change) => {
    const event = { ...vehicleAt(read, { batteryLevel: 1 }), ...change } as WebhookEvent;
    const { readings, errors } = await readingsOf(event);
    expect(readings).toEqual([]);
    expect(String(errors[0])).toContain(`${field} is invalid`);
  });

  it("go to the store a thousand at a time", async () => {
    const events = Array.from({ length: 1_200 }, (_, index) =>
      vehicleAt(read + index, { batteryLevel: 55 }),
    );
    expect((await readingsOf(events)).calls).toEqual([1_000, 200]);
  });
});

describe("readings that come too late", () => {
  it("are reported once when Enode has told of them long ago, as by another clock", async () => {
    const { history, errors } = createWorld();
    await history.maintain();
    await history.apply(vehicleAt(start - 500 * day, { batteryLevel: 55 }));
    await history.apply(vehicleAt(start - 499 * day, { batteryLevel: 56 }));
    expect(errors.map(String)).toEqual([
      expect.stringContaining("pass now: () => sandbox.clock.now().getTime() to new History()"),
    ]);
  });

  it("are left out in silence when Enode tells of them now, as of a parked car", async () => {
    const { history, errors, now } = createWorld();
    await history.maintain();
    await history.apply(vehicleAt(start - 500 * day, { batteryLevel: 55 }, { at: now }));
    expect(errors).toEqual([]);
  });
});
