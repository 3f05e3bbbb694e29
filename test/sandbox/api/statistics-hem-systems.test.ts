import { describe, expect, it } from "vitest";
import { createHarness } from "../support/harness.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Point {
  readonly t: string;
  readonly v: number | null;
}

const FLOWS = ["generation", "consumption", "import", "export", "charge", "discharge"] as const;

/** A home with a plant of three devices, from 8 o'clock of Monday, 2025-01-06 (UTC). */
function withPlant(devices: object = {}) {
  const vendor = "TESLA" as const;
  const plant = {
    inverters: [{ vendor, peakPower: 9 }],
    batteries: [{ vendor, batteryLevel: 50 }],
    meters: [{ vendor }],
    ...devices,
  };
  const harness = createHarness({ fleet: [{ id: "anna", ...plant }] });
  const { call, sandbox } = harness;
  const [system] = sandbox.devices.list(undefined, "hemSystem");
  const path = `/hem-systems/${system?.id}`;
  return {
    ...harness,
    path,
    ask: (interval: string) => call("GET", `${path}/statistics?interval=${interval}`),
    advance: (time: number) => sandbox.clock.advance(time),
  };
}

const sum = ({ data }: { readonly data: readonly Point[] }) =>
  data.reduce((total, { v }) => total + (v ?? 0), 0);

describe("statistics of a HEM system", () => {
  it("are mean power in quarters of an hour for a day", async () => {
    const { ask, advance } = withPlant();
    advance(2 * DAY);
    const { status, body } = await ask("2025-01-07");
    expect(status).toBe(200);
    for (const name of FLOWS) {
      expect(body.timeseries[name]).toMatchObject({
        isAvailable: true,
        unit: "kW",
        unitType: "Power",
        sampling: { mode: "bucketed", resolution: "PT15M" },
      });
      expect(body.timeseries[name].data).toHaveLength(96);
    }
    expect(body.timeseries.generation.data[0].t).toMatch(/^2025-01-07T00:00:00\+0[01]:00$/);
    expect(sum(body.timeseries.generation)).toBeGreaterThan(1);
    expect(body.timeseries.generation.data[0].v).toBe(0);
  });

  it("balance in each quarter of an hour", async () => {
    const { ask, advance } = withPlant();
    advance(3 * DAY);
    for (const interval of ["2025-01-07", "2025-01-08"]) {
      const { timeseries } = (await ask(interval)).body;
      for (let quarter = 0; quarter < 96; quarter++) {
        const at = (name: (typeof FLOWS)[number]) => timeseries[name].data[quarter].v;
        expect(at("generation") + at("import") + at("discharge")).toBeCloseTo(
          at("consumption") + at("export") + at("charge"),
          4,
        );
      }
    }
  });

  it("agree for a month, its days and the totals of today", async () => {
    const { call, ask, advance, path } = withPlant();
    advance(3 * DAY + 2 * HOUR);
    const month = (await ask("2025-01")).body.timeseries;
    for (const name of FLOWS) {
      expect(month[name]).toMatchObject({
        unit: "kWh",
        unitType: "Energy",
        sampling: { resolution: "P1D" },
      });
      for (const day of [7, 8]) {
        const { timeseries } = (await ask(`2025-01-0${day}`)).body;
        expect(sum(timeseries[name]) / 4).toBeCloseTo(month[name].data[day - 1].v, 4);
      }
    }
    const { today } = (await call("GET", path)).body.status.energy;
    for (const name of FLOWS) expect(month[name].data[8].v).toBeCloseTo(today[name], 3);
    expect(month.batteryLevel).toMatchObject({ isAvailable: false });
  });

  it("do not know what is to come, nor what was before", async () => {
    const { ask, advance } = withPlant();
    advance(2 * HOUR);
    const values = (await ask("2025-01-06")).body.timeseries.import.data.map(({ v }: Point) => v);
    expect(values[0]).toBeNull();
    expect(values[95]).toBeNull();
    expect(values.filter((value: number | null) => value !== null)).toHaveLength(8);
    const earlier = (await ask("2024-05")).body.timeseries.generation.data;
    expect(earlier.every(({ v }: Point) => v === null)).toBe(true);
  });

  it("contain the level of the battery, the same as the battery itself", async () => {
    const { call, ask, advance, sandbox } = withPlant();
    advance(18 * HOUR);
    const { batteryLevel } = (await ask("2025-01-06")).body.timeseries;
    expect(batteryLevel).toMatchObject({ isAvailable: true, unit: "%", unitType: "SoC" });
    const [battery] = sandbox.devices.list(undefined, "battery");
    const now = (await call("GET", `/batteries/${battery?.id}`)).body.chargeState.batteryLevel;
    const hereAfter = (await ask("2025-01-07")).body.timeseries.batteryLevel.data;
    const last = [...batteryLevel.data, ...hereAfter].findLast(({ v }: Point) => v !== null);
    expect(last.v).toBeCloseTo(now, 1);
  });

  it("leave out what the system has no device for", async () => {
    const { ask } = withPlant({ batteries: [], meters: [] });
    const { timeseries } = (await ask("2025-01-06")).body;
    expect(timeseries.generation.isAvailable).toBe(true);
    for (const name of ["consumption", "import", "export", "charge", "discharge"]) {
      expect(timeseries[name]).toEqual({
        isAvailable: false,
        reason: expect.stringMatching(/^The system has no (meter|battery)\.$/),
      });
    }
  });

  it("stay sound when a device leaves the system", async () => {
    const { call, ask, advance, sandbox, path } = withPlant();
    advance(4 * HOUR);
    const before = (await call("GET", path)).body.status.energy.today;
    const [inverter] = sandbox.devices.list(undefined, "inverter");
    sandbox.devices.remove(inverter?.id ?? "");
    advance(HOUR);
    const { today } = (await call("GET", path)).body.status.energy;
    expect(today.generation).toBe(before.generation);
    expect(today.consumption).toBeGreaterThan(before.consumption);
    const { timeseries } = (await ask("2025-01-06")).body;
    expect(timeseries.generation.isAvailable).toBe(false);
    expect(timeseries.consumption.data.every(({ v }: Point) => v === null || v >= 0)).toBe(true);
  });

  it("refuse invalid intervals", async () => {
    const { ask, call, path } = withPlant();
    for (const interval of ["2025", "2025-13", "2025-02-30", "yesterday", "2019-01-01"]) {
      expect((await ask(interval)).status, interval).toBe(400);
    }
    expect((await call("GET", `${path}/statistics`)).status).toBe(400);
    const unknown = "/hem-systems/3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99/statistics";
    expect((await call("GET", `${unknown}?interval=2025-01`)).status).toBe(404);
  });

  it("are not available when the vendor keeps no history", async () => {
    const { ask, sandbox } = withPlant();
    const [inverter] = sandbox.devices.list(undefined, "inverter");
    const productionStatistics = { isCapable: false, interventionIds: [] };
    sandbox.devices.update(inverter?.id ?? "", { capabilities: { productionStatistics } });
    const { status, body } = await ask("2025-01-06");
    expect(status).toBe(422);
    expect(body.type).toMatch(/\/hem-system-statistics-not-available$/);
  });

  it("have to wait while the vendor is out of reach", async () => {
    const { ask, sandbox } = withPlant();
    sandbox.invalidateCredentials("anna", "TESLA");
    const { status, body, headers } = await ask("2025-01-06");
    expect(status).toBe(503);
    expect(body.type).toMatch(/\/vendor-temporarily-unavailable$/);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it.each([
    [422, "hem-system-statistics-not-available", null],
    [503, "vendor-temporarily-unavailable", "60"],
  ])("answer with the problem of status %i when a fault asks for it", async (code, kind, wait) => {
    const { ask, sandbox } = withPlant();
    sandbox.faults.next({ operation: "getHemSystemStatistics", status: code });
    const { status, body, headers } = await ask("2025-01-06");
    expect(status).toBe(code);
    expect(body.type).toMatch(new RegExp(`/${kind}$`));
    expect(headers.get("retry-after")).toBe(wait);
    expect((await ask("2025-01-06")).status).toBe(200);
  });

  it("wait for as long as a fault says", async () => {
    const { ask, sandbox } = withPlant();
    const headers = { "retry-after": "7" };
    sandbox.faults.next({ operation: "getHemSystemStatistics", status: 503, headers });
    expect((await ask("2025-01-06")).headers.get("retry-after")).toBe("7");
  });
});
