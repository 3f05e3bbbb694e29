import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { WebhookEvent } from "../../../generated/types.ts";
import type { Every, History } from "../../../src/history/index.ts";
import { long } from "../../support/long.ts";
import { createWorld, day, eventOf, hour, meterAt, start, vehicleAt } from "../support/world.ts";

const everies = ["15m", "1h", "6h", "day", "week"] as const satisfies Every[];
const zones = ["UTC", "Europe/Oslo", "Asia/Kolkata", "Asia/Kathmandu", "Australia/Lord_Howe"];

/** Readings of four days, some of them hardly a second apart. */
const times = fc.oneof(
  fc.uniqueArray(fc.integer({ min: 0, max: 4 * day - 1 }), { maxLength: 40 }),
  fc
    .integer({ min: 30, max: 300 })
    .map((seconds) => Array.from({ length: 400 }, (_, index) => index * seconds * 1_000)),
);

const powers = fc.oneof(
  fc.constant(null),
  fc.double({ min: -12, max: 12, noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, 1.5),
);

const plan = fc.record({
  times,
  powers: fc.array(powers, { minLength: 1, maxLength: 30 }),
  every: fc.constantFrom(...everies),
  timeZone: fc.constantFrom(...zones),
  // Readings of the days before are gone by then.
  late: fc.array(fc.integer({ min: 2 * day, max: 4 * day - 1 }), { maxLength: 3 }),
});

/** All answers about a device. */
async function answers(history: History, every: Every, timeZone: string): Promise<unknown> {
  const span = { from: start - day, to: start + 6 * day, every, timeZone };
  const sessions = await history.sessions({ deviceId: "car", from: span.from, to: span.to });
  const all = [
    (await history.series({ deviceId: "meter", metric: "energyState.power", ...span })).points,
    (await history.energy({ deviceId: "meter", kind: "meter", ...span })).points,
    (await history.series({ deviceId: "car", metric: "chargeState.powerDeliveryState", ...span }))
      .points,
    (await history.series({ deviceId: "car", metric: "chargeState.isCharging", ...span })).points,
    (await history.energy({ deviceId: "sun", kind: "inverter", ...span })).points,
    sessions.map(({ from, to }) => ({ from, to })),
    // Several sessions within a quarter of an hour share what is known of it.
    sessions.reduce((sum, { kwh }) => sum + (kwh ?? 0), 0),
  ];
  return JSON.parse(JSON.stringify(all));
}

/** The same, but for the noise of numbers that are added up in another order. */
function near(all: unknown): unknown {
  return JSON.parse(JSON.stringify(all), (_, value) =>
    typeof value === "number" ? expect.closeTo(value, 6) : value,
  );
}

function eventsAt(at: number, power: number | null): WebhookEvent[] {
  const isCharging = power === null ? null : power > 0;
  const counted = (at - start) / hour + (power ?? 0) / 10;
  const lastUpdated = new Date(at).toISOString();
  return [
    meterAt(at, power),
    vehicleAt(at, {
      isCharging,
      chargeRate: power !== null && power > 0 ? power : null,
      powerDeliveryState:
        power === null ? "UNKNOWN" : power > 0 ? "PLUGGED_IN:CHARGING" : "UNPLUGGED",
      batteryLevel: power === null ? null : Math.round(50 + power),
    }),
    eventOf(
      "inverter",
      {
        id: "sun",
        productionState: {
          totalLifetimeProduction: 100 + counted,
          productionRate: power,
          lastUpdated,
        },
      },
      { at },
    ),
  ];
}

describe("a roll-up", () => {
  it("changes no answer, nor does the removal of readings, also of late ones", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async ({ times: at, powers: values, every, timeZone, late }) => {
        const raw = createWorld();
        const rolled = createWorld({ keepRaw: 3 });
        const events = at.flatMap((time, index) =>
          eventsAt(start + time, values[index % values.length] ?? null),
        );
        const lateEvents = late.flatMap((time, index) => eventsAt(start + time + 1, index));
        for (const { history } of [raw, rolled]) await history.apply(events);
        rolled.now = start + 5.9 * day;
        await rolled.history.maintain();
        for (const { history } of [raw, rolled]) await history.apply(lateEvents);
        rolled.now = raw.now;
        expect(await answers(rolled.history, every, timeZone)).toEqual(
          near(await answers(raw.history, every, timeZone)),
        );
        await rolled.history.maintain();
        expect(await answers(rolled.history, every, timeZone)).toEqual(
          near(await answers(raw.history, every, timeZone)),
        );
      }),
      // Four hundred readings take minutes to shrink.
      { numRuns: long(300, 12), endOnFailure: true },
    );
  }, 300_000);
});
