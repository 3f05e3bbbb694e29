import { describe, expect, it } from "vitest";
import { createHarness, type Harness } from "../support/harness.ts";

const RATES = [
  { name: "DAY", cost: "0.284" },
  { name: "NIGHT", cost: "0.119" },
];
const NOWHERE = "3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99";

async function withHome(): Promise<Harness & { readonly path: string }> {
  const harness = createHarness({ fleet: [{ id: "anna", vehicles: [{}] }] });
  const home = { name: "Home", latitude: 59.91, longitude: 10.75, timezoneName: "Europe/Oslo" };
  const { body } = await harness.call("POST", "/users/anna/locations", home);
  await harness.call("PUT", "/tariffs/two-rate", RATES);
  return { ...harness, path: `/locations/${body.id}/tariff` };
}

const interval = (name: string, from: string, to: string, weekdays?: number[]) =>
  weekdays === undefined ? { name, from, to } : { name, from, to, weekdays };

const link = (...tariffIntervals: object[]) => ({ tariffId: "two-rate", tariffIntervals });

describe("tariffs", () => {
  it("are stored under an ID of one's own, and replaced", async () => {
    const { call } = createHarness();
    expect((await call("GET", "/tariffs/two-rate")).status).toBe(404);
    expect((await call("PUT", "/tariffs/two-rate", RATES)).status).toBe(204);
    expect((await call("GET", "/tariffs/two-rate")).body).toEqual(RATES);
    const other = [{ name: "FLAT", cost: "-.5" }];
    await call("PUT", "/tariffs/two-rate", other);
    expect((await call("GET", "/tariffs/two-rate")).body).toEqual(other);
    expect((await call("GET", "/tariffs/__proto__")).status).toBe(404);
  });

  it.each([
    ["no list", { name: "DAY", cost: "1" }],
    ["a cost that is a number", [{ name: "DAY", cost: 1 }]],
    ["a cost that is no decimal", [{ name: "DAY", cost: "1,5" }]],
    ["no name", [{ cost: "1" }]],
    ["a name twice", [...RATES, { name: "DAY", cost: "3" }]],
    ["a rate that is none", [null]],
  ])("are refused with %s", async (_, body) => {
    const { call } = createHarness();
    expect((await call("PUT", "/tariffs/x", body)).status).toBe(400);
    expect((await call("GET", "/tariffs/x")).status).toBe(404);
  });
});

describe("the tariff of a location", () => {
  it("holds at its hours of the days, in their order", async () => {
    const { call, path } = await withHome();
    expect((await call("GET", path)).status).toBe(404);
    const day = interval("DAY", "06:00", "24:00", [0, 6]);
    const set = await call("PUT", path, link(day, interval("NIGHT", "00:00", "06:00")));
    expect(set.status).toBe(204);
    const { body } = await call("GET", path);
    expect(body).toHaveLength(9);
    expect(body.slice(0, 3)).toEqual([
      entry(0, "00:00", "06:00", "NIGHT"),
      entry(0, "06:00", "24:00", "DAY"),
      entry(1, "00:00", "06:00", "NIGHT"),
    ]);
    expect(body.at(-1)).toEqual(entry(6, "06:00", "24:00", "DAY"));
  });

  it("takes the place of the one before", async () => {
    const { call, path } = await withHome();
    await call("PUT", path, link(interval("NIGHT", "00:00", "06:00")));
    await call("PUT", path, link(interval("DAY", "05:00", "07:00", [3])));
    expect((await call("GET", path)).body).toEqual([entry(3, "05:00", "07:00", "DAY")]);
  });

  it("is refused when intervals overlap, and stays what it was", async () => {
    const { call, path } = await withHome();
    await call("PUT", path, link(interval("DAY", "10:00", "12:00", [0])));
    const before = (await call("GET", path)).body;
    const overlapping = link(
      interval("DAY", "06:00", "22:00", [0, 1]),
      interval("NIGHT", "21:59", "24:00", [1, 2]),
    );
    const { status, body } = await call("PUT", path, overlapping);
    expect(status).toBe(400);
    expect(body.issues).toEqual([expect.objectContaining({ path: "tariffIntervals" })]);
    expect((await call("GET", path)).body).toEqual(before);
    const apart = link(
      interval("DAY", "06:00", "22:00", [0, 1]),
      interval("NIGHT", "21:59", "24:00", [2]),
    );
    expect((await call("PUT", path, apart)).status).toBe(204);
  });

  it.each([
    ["a rate that the tariff lacks", link(interval("PEAK", "00:00", "06:00"))],
    ["an end before the beginning", link(interval("DAY", "22:00", "06:00"))],
    ["an empty interval", link(interval("DAY", "06:00", "06:00"))],
    ["no clock time", link(interval("DAY", "6:00", "24:00"))],
    ["no weekday", link(interval("DAY", "06:00", "24:00", [7]))],
    ["no interval", link("DAY" as unknown as object)],
    ["no list", { tariffId: "two-rate", tariffIntervals: {} }],
    ["something else", { ...link(), colour: "red" }],
  ])("is refused with %s", async (_, body) => {
    const { call, path } = await withHome();
    expect((await call("PUT", path, body)).status).toBe(400);
    expect((await call("GET", path)).status).toBe(404);
  });

  it("needs a tariff and a location that exist", async () => {
    const { call, path } = await withHome();
    const unknown = { ...link(interval("DAY", "06:00", "24:00")), tariffId: "three-rate" };
    expect((await call("PUT", path, unknown)).status).toBe(404);
    expect((await call("PUT", `/locations/${NOWHERE}/tariff`, link())).status).toBe(404);
    expect((await call("GET", `/locations/${NOWHERE}/tariff`)).status).toBe(404);
  });

  it("is deleted with its location", async () => {
    const { call, path } = await withHome();
    await call("PUT", path, link(interval("DAY", "06:00", "24:00")));
    await call("DELETE", path.replace("/tariff", ""));
    expect((await call("GET", path)).status).toBe(404);
  });
});

function entry(weekday: number, fromHourMinute: string, toHourMinute: string, tariffName: string) {
  return { weekday, fromHourMinute, toHourMinute, tariffId: "two-rate", tariffName };
}
