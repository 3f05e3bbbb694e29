import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createHookedHarness } from "../support/receiver.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface Point {
  readonly date: string;
  readonly value: number | null;
}

const total = (points: readonly Point[]) =>
  points.reduce((sum, { value }) => sum + (value ?? 0), 0);

/** An inverter, at 8 o'clock of Monday, 2025-01-06 (UTC). */
function withInverter() {
  const harness = createHookedHarness();
  const { call, sandbox } = harness;
  const { id } = sandbox.devices.add("anna", "inverter", { vendor: "ENPHASE", peakPower: 8 });
  const ask = (year: number, month: number, day?: number) =>
    call(
      "GET",
      `/inverters/${id}/statistics?year=${year}&month=${month}${day === undefined ? "" : `&day=${day}`}`,
    );
  return {
    ...harness,
    id,
    ask,
    /** Final or not, once they were collected. */
    async collected(year: number, month: number, day?: number) {
      await ask(year, month, day);
      sandbox.clock.advance(MINUTE);
      return ask(year, month, day);
    },
    advance: (time: number) => sandbox.clock.advance(time),
  };
}

describe("inverter statistics", () => {
  it("are collected from the vendor first, and final at the next call after that", async () => {
    const { ask, advance } = withInverter();
    const first = await ask(2025, 1, 5);
    expect(first.status).toBe(202);
    expect(first.body.retryAfter).toBe("2025-01-06T08:01:00.000Z");
    expect(first.body.resolutions.QUARTER_HOUR.data).toHaveLength(96);
    expect(total(first.body.resolutions.QUARTER_HOUR.data)).toBe(0);
    advance(30_000);
    expect(await ask(2025, 1, 5)).toMatchObject({ status: 202, body: first.body });
    advance(30_000);
    const { status, body } = await ask(2025, 1, 5);
    expect(status).toBe(200);
    expect(body).not.toHaveProperty("retryAfter");
    const { unit, data } = body.resolutions.QUARTER_HOUR;
    expect(unit).toBe("kWh");
    expect(total(data)).toBeGreaterThan(0.5);
    // It is dark at midnight.
    expect(data[0].value).toBe(0);
    advance(7 * DAY);
    expect((await ask(2025, 1, 5)).body).toEqual(body);
  });

  it("go on with the time that they are for", async () => {
    const { ask, collected, advance } = withInverter();
    advance(4 * HOUR);
    const noon = await collected(2025, 1, 6);
    expect(noon).toMatchObject({ status: 202, body: { retryAfter: "2025-01-06T12:15:00.000Z" } });
    const values = noon.body.resolutions.QUARTER_HOUR.data.map(({ value }: Point) => value);
    expect(values.indexOf(null)).toBeGreaterThan(40);
    expect(values.slice(values.indexOf(null)).every((value: unknown) => value === null)).toBe(true);
    advance(14 * HOUR);
    const done = await ask(2025, 1, 6);
    expect(done.status).toBe(200);
    expect(total(done.body.resolutions.QUARTER_HOUR.data)).toBeGreaterThan(
      total(noon.body.resolutions.QUARTER_HOUR.data),
    );
  });

  it("agree for a day, its quarters of an hour and what the inverter says", async () => {
    const { call, collected, advance, id } = withInverter();
    const lifetime = async () =>
      (await call("GET", `/inverters/${id}`)).body.productionState.totalLifetimeProduction;
    // Midnight in every town of the sandbox is before 1 o'clock UTC, and the sun is down.
    advance(17 * HOUR);
    const before = await lifetime();
    advance(DAY);
    const produced = (await lifetime()) - before;
    advance(60 * DAY);
    const { status, body } = await collected(2025, 1);
    expect(status).toBe(200);
    const days: Point[] = body.resolutions.DAY.data;
    expect(days).toHaveLength(31);
    expect(days[6]?.value).toBeCloseTo(produced, 2);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 31 }), async (day) => {
        const quarters = (await collected(2025, 1, day)).body.resolutions.QUARTER_HOUR.data;
        expect(total(quarters)).toBeCloseTo(days[day - 1]?.value ?? Number.NaN, 3);
      }),
      { numRuns: 20 },
    );
  });

  it("know days of 23 and 25 hours", async () => {
    const { collected, advance } = withInverter();
    advance(330 * DAY);
    const quarters = async (month: number, day: number) =>
      (await collected(2025, month, day)).body.resolutions.QUARTER_HOUR.data.length;
    expect(await quarters(3, 30)).toBe(92);
    expect(await quarters(10, 26)).toBe(100);
  });

  it("reach back 30 days in quarters of an hour and 3 months in days before linking", async () => {
    const { collected } = withInverter();
    const days: Point[] = (await collected(2024, 10)).body.resolutions.DAY.data;
    expect(days[4]?.value).toBeNull();
    expect(days[8]?.value).not.toBeNull();
    const quarters = async (month: number, day: number) =>
      (await collected(2024, month, day)).body.resolutions.QUARTER_HOUR.data;
    expect((await quarters(12, 5)).every(({ value }: Point) => value === null)).toBe(true);
    expect((await quarters(12, 9)).every(({ value }: Point) => value !== null)).toBe(true);
  });

  it("refuse invalid dates and unknown inverters", async () => {
    const { ask, call, id, sandbox } = withInverter();
    const refused = await ask(2025, 2, 30);
    expect(refused.status).toBe(400);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect((await ask(2025, 13)).status).toBe(400);
    expect((await ask(1900, 1)).status).toBe(400);
    expect((await call("GET", `/inverters/${id}/statistics?year=2025`)).status).toBe(400);
    const unknown = "/inverters/3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99/statistics";
    expect((await call("GET", `${unknown}?year=2025&month=1`)).status).toBe(404);
    const productionStatistics = { isCapable: false, interventionIds: [] };
    sandbox.devices.update(id, { capabilities: { productionStatistics } });
    expect((await ask(2025, 1)).status).toBe(400);
  });

  it("are sent to webhooks when the vendor has returned them", async () => {
    const { ask, subscribe, sandbox, advance, events, id } = withInverter();
    await subscribe({ events: ["user:inverter:statistics-updated"] });
    const { body: interim } = await ask(2025, 1, 6);
    await ask(2024, 12);
    advance(2 * MINUTE);
    advance(DAY);
    await sandbox.deliver();
    const sent = events().flatMap((event) =>
      event.event === "user:inverter:statistics-updated" ? [event] : [],
    );
    expect(sent.map(({ createdAt, statistics }) => [createdAt, statistics.day])).toEqual([
      [interim.retryAfter, 6],
      [interim.retryAfter, null],
      [expect.stringMatching(/^2025-01-0[67]T2?[03]:01:00\.000Z$/), 6],
    ]);
    const { body: final } = await ask(2025, 1, 6);
    expect(sent.at(-1)?.statistics).toMatchObject({ ...final, inverterId: id, year: 2025 });
    expect(sent[1]?.statistics.resolutions.DAY?.data).toHaveLength(31);
  });

  it("are forgotten with their inverter", async () => {
    const { ask, subscribe, sandbox, advance, id, news } = withInverter();
    await subscribe({ events: ["user:inverter:statistics-updated"] });
    await ask(2025, 1, 5);
    sandbox.devices.remove(id);
    advance(DAY);
    expect(await news()).toEqual([]);
  });
});
