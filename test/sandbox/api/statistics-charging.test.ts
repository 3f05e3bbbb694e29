import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHarness } from "../support/harness.ts";

const HOUR = 3_600_000;
const TESLA = { batteryLevel: 10, batteryCapacity: 110, chargeLimit: 90 };

/** A vehicle that charges with 11 kW for eight hours; it is Monday, 8 o'clock. */
function withVehicle(settings: object = { ...TESLA, isCharging: true }) {
  const harness = createHarness();
  const { call, sandbox } = harness;
  const { id } = sandbox.devices.add("anna", "vehicle", settings);
  const read = async (path: string, query: Record<string, string>) => {
    const parameters = { type: "vehicle", startDate: "2025-01-06T00:00:00.000Z", ...query };
    const text = new URLSearchParams(parameters).toString();
    return call("GET", `/users/anna/statistics/charging${path}?${text}`);
  };
  return {
    ...harness,
    id,
    statistics: (query: Record<string, string> = {}) => read("", query),
    sessions: (query: Record<string, string> = {}) => read("/sessions", query),
    advance: (time: number) => sandbox.clock.advance(time),
  };
}

describe("charging statistics", () => {
  it("say what a car took that charged for eight hours", async () => {
    const { statistics, advance } = withVehicle();
    advance(16 * HOUR);
    const { body } = await statistics({ endDate: "2025-01-07T00:00:00.000Z" });
    expect(body).toEqual([
      {
        date: "2025-01-06T00:00:00.000Z",
        kw: { min: 0, max: 11, mean: 11 },
        kwhSum: 88,
        // The market from 8 to 16 o'clock.
        price: { min: 0.16, max: 0.24, mean: 0.18625 },
        costSum: 16.39,
        nonSmartPrice: { min: null, max: null, mean: null },
        estimatedSavings: null,
      },
    ]);
  });

  it("come in periods of the asked length, with nothing for a rest", async () => {
    const { statistics, advance } = withVehicle();
    advance(9 * HOUR);
    const { body } = await statistics({
      startDate: "2025-01-06T14:00:00Z",
      resolution: "HOUR",
      endDate: "2025-01-06T17:00:00Z",
    });
    expect(
      body.map(({ date, kwhSum }: { date: string; kwhSum: number }) => [date, kwhSum]),
    ).toEqual([
      ["2025-01-06T14:00:00.000Z", 11],
      ["2025-01-06T15:00:00.000Z", 11],
      ["2025-01-06T16:00:00.000Z", 0],
    ]);
    expect(body[0].kw).toEqual({ min: 11, max: 11, mean: 11 });
    expect(body[2]).toMatchObject({ kw: { min: 0, max: 0, mean: 0 }, costSum: 0 });
  });

  it("begin days by the offset, weeks on Mondays, months and years by the calendar", async () => {
    const { statistics, advance } = withVehicle();
    advance(40 * 24 * HOUR);
    const dates = async (query: Record<string, string>) =>
      (await statistics(query)).body.map(({ date }: { date: string }) => date.slice(0, 13));
    const week = { startDate: "2025-01-08T12:00:00Z", endDate: "2025-01-14T12:00:00Z" };
    expect(await dates({ ...week, resolution: "WEEK" })).toEqual([
      "2025-01-06T00",
      "2025-01-13T00",
    ]);
    const day = { startDate: "2025-01-08T01:00:00Z", endDate: "2025-01-08T12:00:00Z" };
    expect(await dates({ ...day, utcOffset: "-8" })).toEqual(["2025-01-07T08", "2025-01-08T08"]);
    expect(await dates({ resolution: "MONTH" })).toEqual(["2025-01-01T00", "2025-02-01T00"]);
    expect(await dates({ resolution: "YEAR" })).toEqual(["2025-01-01T00"]);
  });

  it("agree with each other at every resolution", async () => {
    const time = fc.integer({ min: 0, max: 3 * 24 * 60 });
    const change = fc.record({
      wait: fc.integer({ min: 1, max: 8 * 60 }),
      isCharging: fc.boolean(),
      maxCurrent: fc.integer({ min: 6, max: 32 }),
      isReachable: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 12 }), time, time, async (changes, a, b) => {
        const { call, statistics, sessions, sandbox, id, advance } = withVehicle({
          ...TESLA,
          batteryCapacity: 900,
        });
        for (const { wait, ...settings } of changes) {
          sandbox.devices.update(id, settings);
          advance(wait * 60_000);
        }
        advance(4 * 24 * HOUR);
        const at = (minutes: number) => new Date(Date.UTC(2025, 0, 6, 0, minutes)).toISOString();
        const query = { startDate: at(Math.min(a, b)), endDate: at(Math.max(a, b) + 1) };
        const sums = async (resolution: string) => {
          const entries = (await statistics({ ...query, resolution })).body;
          const sum = (name: string) =>
            entries.reduce((total: number, entry: Record<string, number>) => {
              return total + (entry[name] ?? 0);
            }, 0);
          return { energy: sum("kwhSum"), cost: sum("costSum") };
        };
        const year = await sums("YEAR");
        for (const resolution of ["QUARTER_HOUR", "HALF_HOUR", "HOUR", "DAY", "WEEK", "MONTH"]) {
          const { energy, cost } = await sums(resolution);
          expect(energy).toBeCloseTo(year.energy, 3);
          expect(cost).toBeCloseTo(year.cost, 3);
        }
        const all = { startDate: at(0), endDate: at(30 * 24 * 60) };
        const bySession = (await sessions(all)).body.reduce(
          (total: number, { kwhSum }: { kwhSum: number }) => total + kwhSum,
          0,
        );
        const [{ kwhSum }] = (await statistics({ ...all, resolution: "YEAR" })).body;
        // What is going on is no session yet.
        const { chargeState } = (await call("GET", `/vehicles/${id}`)).body;
        if (chargeState.isCharging) expect(bySession).toBeLessThanOrEqual(kwhSum + 0.001);
        else expect(bySession).toBeCloseTo(kwhSum, 3);
      }),
      { numRuns: 25 },
    );
  });

  it("are of one device, one kind or one place", async () => {
    const { call, sandbox, statistics, advance, id } = withVehicle();
    const { id: charger } = sandbox.devices.add("anna", "charger", { isCharging: true });
    sandbox.devices.add("ben", "vehicle", { ...TESLA, isCharging: true });
    const home = { name: "Home", latitude: 0, longitude: 0, timezoneName: "UTC" };
    const { body: location } = await call("POST", "/users/anna/locations", home);
    await call("PUT", `/chargers/${charger}`, { locationId: location.id });
    advance(HOUR);
    const energy = async (query: Record<string, string>) =>
      (await statistics(query)).body.map(({ kwhSum }: { kwhSum: number }) => kwhSum);
    expect(await energy({})).toEqual([11]);
    expect(await energy({ id })).toEqual([11]);
    expect(await energy({ type: "charger" })).toEqual([11]);
    expect(await energy({ type: "hvac" })).toEqual([0]);
    expect(await energy({ locationId: location.id })).toEqual([0]);
    expect(await energy({ type: "charger", locationId: location.id })).toEqual([11]);
    expect((await statistics({ id: charger })).status).toBe(404);
  });

  it("refuse invalid queries", async () => {
    const { call, statistics, sessions } = withVehicle();
    for (const query of [
      { type: "boat" },
      { startDate: "yesterday" },
      { endDate: "2025-01-05T00:00:00Z" },
      { resolution: "SECOND" },
      { utcOffset: "east" },
      { startDate: "0001-01-01T00:00:00Z", resolution: "QUARTER_HOUR" },
    ]) {
      expect((await statistics(query)).status, JSON.stringify(query)).toBe(400);
    }
    expect((await sessions({ startDate: "" })).status).toBe(400);
    const nobody = "/users/nobody/statistics/charging?type=vehicle&startDate=2025-01-06T00:00:00Z";
    expect((await call("GET", nobody)).status).toBe(404);
    expect((await call("GET", "/users/anna/statistics/charging?type=vehicle")).status).toBe(400);
  });

  it("count smart charging from the time of the plan, not from the next price", async () => {
    const { call, statistics, advance, id } = withVehicle();
    advance(HOUR / 2);
    const policy = { isEnabled: true, deadline: "07:00", minimumChargeLimit: 80 };
    await call("PUT", `/vehicles/${id}/smart-charging-policy`, policy);
    advance(HOUR / 2);
    const [hour] = (await statistics({ startDate: "2025-01-06T08:00:00Z", resolution: "HOUR" }))
      .body;
    const [second] = (await statistics({ startDate: "2025-01-06T08:30:00Z", resolution: "HOUR" }))
      .body;
    expect(hour).toMatchObject({ kwhSum: 11, nonSmartPrice: second.nonSmartPrice });
    expect(second.nonSmartPrice.mean).toBeGreaterThan(0);
    expect(hour.estimatedSavings).toBe(second.estimatedSavings);
  });

  it("contain the savings of smart charging", async () => {
    const { call, statistics, sessions, advance, id } = withVehicle(TESLA);
    const policy = { isEnabled: true, deadline: "07:00" };
    await call("PUT", `/vehicles/${id}/smart-charging-policy`, policy);
    advance(24 * HOUR);
    const [session] = (await sessions()).body;
    const { body: plan } = await call("GET", `/vehicles/${id}/smart-charging-plans/latest`);
    expect(session.costSum).toBeCloseTo(plan.smartCost, 1);
    expect(session.estimatedSavings).toBeCloseTo(plan.nonSmartCost - plan.smartCost, 1);
    expect(session.nonSmartPrice).toEqual({ min: 0.16, max: 0.24, mean: 0.18625 });
    const [year] = (await statistics({ resolution: "YEAR" })).body;
    expect(year.estimatedSavings).toBeCloseTo(session.estimatedSavings, 3);
  });
});

describe("charging sessions", () => {
  it("are there once they are over, with energy and cost", async () => {
    const { sessions, advance, id } = withVehicle();
    advance(7 * HOUR);
    expect((await sessions()).body).toEqual([]);
    advance(2 * HOUR);
    expect((await sessions()).body).toEqual([
      {
        id,
        locationId: null,
        from: "2025-01-06T08:00:00.000Z",
        to: "2025-01-06T16:00:00.000Z",
        kw: { min: 11, max: 11, mean: 11 },
        kwhSum: 88,
        price: { min: 0.16, max: 0.24, mean: 0.18625 },
        costSum: 16.39,
        nonSmartPrice: { min: null, max: null, mean: null },
        estimatedSavings: null,
      },
    ]);
    expect((await sessions({ startDate: "2025-01-06T15:59:00Z" })).body).toHaveLength(1);
    expect((await sessions({ startDate: "2025-01-06T16:00:00Z" })).body).toEqual([]);
  });

  it("go on over a change of power, and end with a break", async () => {
    const { sessions, sandbox, advance, id } = withVehicle();
    advance(HOUR);
    sandbox.devices.update(id, { maxCurrent: 10 });
    advance(HOUR);
    sandbox.devices.update(id, { isCharging: false });
    advance(HOUR);
    sandbox.devices.update(id, { isCharging: true });
    advance(HOUR);
    sandbox.devices.update(id, { isPluggedIn: false });
    const { body } = await sessions();
    expect(body).toMatchObject([
      {
        from: "2025-01-06T08:00:00.000Z",
        to: "2025-01-06T10:00:00.000Z",
        kw: { min: 6.9, max: 11, mean: 8.95 },
        kwhSum: 17.9,
      },
      { from: "2025-01-06T11:00:00.000Z", to: "2025-01-06T12:00:00.000Z", kwhSum: 6.9 },
    ]);
  });

  it("cost what the tariff of the location says, to the minute", async () => {
    const { call, sandbox, statistics, advance } = withVehicle();
    const { id: charger } = sandbox.devices.add("anna", "charger", { isCharging: true });
    const home = { name: "Home", latitude: 0, longitude: 0, timezoneName: "Europe/Oslo" };
    const { body: location } = await call("POST", "/users/anna/locations", home);
    await call("PUT", `/chargers/${charger}`, { locationId: location.id });
    const rates = [
      { name: "LOW", cost: "0.1" },
      { name: "HIGH", cost: "1" },
    ];
    await call("PUT", "/tariffs/two-rates", rates);
    await call("PUT", `/locations/${location.id}/tariff`, {
      tariffId: "two-rates",
      tariffIntervals: [
        { name: "LOW", from: "00:00", to: "09:07" },
        { name: "HIGH", from: "09:07", to: "24:00" },
      ],
    });
    advance(HOUR);
    const { body } = await statistics({ type: "charger" });
    // 9 o'clock in Oslo: seven minutes at the low price, and the rest of the hour at the high one.
    expect(body[0].costSum).toBeCloseTo((11 * (7 * 0.1 + 53)) / 60, 5);
    expect(body[0].price).toMatchObject({ min: 0.1, max: 1 });
  });
});
