import { afterEach, describe, expect, it, vi } from "vitest";
import { type Built, buildSandbox } from "../../../../src/sandbox/app/sandbox.ts";
import type { SandboxOptions } from "../../../../src/sandbox/index.ts";
import { escapeHtml } from "../../../../src/sandbox/pages/shared/html.ts";
import { chartView, householdChart } from "../../../../src/sandbox/pages/workbench/fleet/chart.ts";
import type { Sample } from "../../../../src/sandbox/simulation/history/reading.ts";
import { fetchToken, send } from "../../support/harness.ts";
import { HOSTILE, pageOf, start } from "../support.ts";

const PLACE = { linkUrl: "", isRecording: false };

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const CAR = { batteryLevel: 40, chargeLimit: 80, chargePower: 11, batteryCapacity: 60 };
const HOME = { inverters: [{}], batteries: [{}], meters: [{}] };

function build(options: SandboxOptions = {}): Built {
  const fleet = [{ id: "anna", vehicles: [CAR], hvacs: [{ vendor: "PANASONIC" }], ...HOME }];
  return buildSandbox({ seed: 5, clock: "manual", fleet, ...options }, PLACE);
}

function deviceOf({ world }: Built, kind: string) {
  const device = [...world.devices.values()].find((each) => each.kind === kind);
  if (device === undefined) throw new Error(`There is no ${kind}`);
  return device;
}

/** The HTML of the chart of a device, which is brought up to date. */
function chartOf(built: Built, kind: string, query = ""): string {
  const device = deviceOf(built, kind);
  return built.act(() => {
    device.advanceTo(built.world.now());
    return chartView(built.world, device, new URLSearchParams(query)).text;
  });
}

function homeOf({ world, act }: Built, query = ""): string {
  const user = world.users.get("anna");
  if (user === undefined) throw new Error("There is no user");
  return act(() => {
    for (const device of user.lists.devices()) device.advanceTo(world.now());
    return householdChart(world, user, new URLSearchParams(query))?.text ?? "";
  });
}

interface Data {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly series: readonly {
    readonly name: string;
    readonly look: string;
    readonly low: number;
    readonly high: number;
    readonly points: readonly (readonly [number, number | null])[];
  }[];
}

function dataIn(page: string): Data {
  const text = /data-chart="([^"]*)"/.exec(page)?.[1] ?? "{}";
  return JSON.parse(
    text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&"),
  );
}

type Drawn = readonly { readonly at: number; readonly value: number }[];

/** The parts of a line, read back from the drawing as times and values. */
function drawn(page: string, look: string): Drawn[] {
  const { from, to, left, right, top, bottom, series } = dataIn(page);
  const line = series.find((each) => each.look === look);
  if (line === undefined) throw new Error(`There is no line ${look}`);
  const time = (x: number) => from + ((x - left) / (right - left)) * (to - from);
  const value = (y: number) => line.low + ((bottom - y) / (bottom - top)) * (line.high - line.low);
  const path = new RegExp(`<path class="line of-${look}" d="([^"]*)"`).exec(page)?.[1] ?? "";
  return path
    .split("M ")
    .slice(1)
    .map((part) =>
      [...part.matchAll(/(?:^|[HL] )([-\d.]+) (?:V )?([-\d.]+)/g)].map(([, x, y]) => ({
        at: time(Number(x)),
        value: value(Number(y)),
      })),
    );
}

/** What should be drawn of a reading in a range: its parts between gaps. */
function expected(samples: readonly Sample[], name: Exclude<keyof Sample, "at">): Drawn[] {
  const parts: { at: number; value: number }[][] = [[]];
  for (const sample of samples) {
    const value = sample[name];
    if (value !== null) {
      parts.at(-1)?.push({ at: sample.at, value });
      continue;
    }
    const last = parts.at(-1)?.at(-1);
    if (name === "power" && last !== undefined) parts.at(-1)?.push({ ...last, at: sample.at });
    parts.push([]);
  }
  return parts.filter(({ length }) => length > 1);
}

/** Compares a drawing with the history, to within the hundredth of a unit of the drawing. */
function expectDrawn(page: string, look: string, parts: readonly Drawn[]): void {
  const { from, to, left, right, top, bottom, series } = dataIn(page);
  const line = series.find((each) => each.look === look);
  const time = (0.0051 * (to - from)) / (right - left);
  const value = (0.0051 * ((line?.high ?? 0) - (line?.low ?? 0))) / (bottom - top);
  const found = drawn(page, look);
  expect(found.map(({ length }) => length)).toEqual(parts.map(({ length }) => length));
  for (const [index, part] of parts.entries()) {
    for (const [at, point] of part.entries()) {
      const shown = found[index]?.[at];
      expect(Math.abs((shown?.at ?? 0) - point.at)).toBeLessThanOrEqual(time);
      expect(Math.abs((shown?.value ?? 0) - point.value)).toBeLessThanOrEqual(value);
    }
  }
}

describe("the chart of a device", () => {
  it("draws a charge until it is complete, power in steps", () => {
    const built = build();
    const { id } = deviceOf(built, "vehicle").wire;
    built.sandbox.clock.advance("20m");
    built.sandbox.devices.update(id, { isCharging: true });
    built.sandbox.clock.advance("8h");
    const page = chartOf(built, "vehicle");
    const samples = built.world.history.of(deviceOf(built, "vehicle"));
    expectDrawn(page, "power", expected(samples, "power"));
    expectDrawn(page, "level", expected(samples, "level"));
    const [path] = /<path class="line of-power"[^>]*>/.exec(page) ?? [];
    expect(path).toMatch(/ d="M [\d.]+ [\d.]+( H [\d.]+ V [\d.]+)+"/);
    expect(page).toContain(">0 kW</text>");
    expect(page).toContain(">80 %</text>");
    expect(page).toContain("Energy: 24 kWh");
    expect(page).toContain(
      "Power now 0 kW, from 0 kW to 11 kW. Battery level now 80 %, from 40 % to 80 %",
    );
  });

  it("draws a schedule at its time, with a marker", async () => {
    const built = build({ fleet: [{ id: "anna", vehicles: [CAR] }] });
    const { sandbox, world } = built;
    const token = await fetchToken(sandbox);
    await send(sandbox.fetch, "POST", "/users/anna/schedules", token, {
      isEnabled: true,
      targetId: deviceOf(built, "vehicle").wire.id,
      targetType: "vehicle",
      locationId: null,
      defaultShouldCharge: false,
      rules: [{ hourMinute: { from: "22:00", to: "23:00" }, shouldCharge: true }],
    });
    sandbox.clock.advance("24h");
    const page = chartOf(built, "vehicle");
    expectDrawn(page, "power", expected(world.history.of(deviceOf(built, "vehicle")), "power"));
    expect(page).toContain("<title>2025-01-06 22:00:00 Schedule: start charging</title>");
    expect(page).toContain("<td>2025-01-06 23:00:00</td><td>Schedule: stop charging</td>");
    expect(page).toMatch(/<td>2025-01-06 22:00:02<\/td><td>11 kW<\/td><td>40 %<\/td>/);
  });

  it.each([
    ["inverter", "solar", "power"],
    ["meter", "power", "power"],
    ["battery", "level", "level"],
    ["hvac", "temperature", "temperature"],
  ] as const)("draws a day of the %s", (kind, look, name) => {
    const built = build();
    built.sandbox.clock.advance("24h");
    const page = chartOf(built, kind);
    const samples = built.world.history.of(deviceOf(built, kind));
    expect(samples.length).toBeGreaterThan(10);
    expectDrawn(page, look, expected(samples, name));
  });

  it("breaks its lines while a device is out of reach", () => {
    const built = build();
    const { id } = deviceOf(built, "vehicle").wire;
    built.sandbox.devices.update(id, { isCharging: true });
    for (const isReachable of [false, true]) {
      built.sandbox.clock.advance("1h");
      built.sandbox.devices.update(id, { isReachable });
    }
    built.sandbox.clock.advance("1h");
    const page = chartOf(built, "vehicle");
    const samples = built.world.history.of(deviceOf(built, "vehicle"));
    expect(expected(samples, "level")).toHaveLength(2);
    expectDrawn(page, "level", expected(samples, "level"));
    expectDrawn(page, "power", expected(samples, "power"));
    expect(page).toContain("Out of reach</title>");
    expect(page).toContain("<td>unknown</td>");
  });

  it("is the same whether the clock goes in one step or in many", () => {
    const [one, many] = [build(), build()];
    for (const built of [one, many])
      built.sandbox.devices.update(deviceOf(built, "vehicle").wire.id, { isCharging: true });
    one.sandbox.clock.advance("8h");
    for (let step = 0; step < 96; step++) {
      many.sandbox.clock.advance("5m");
      many.sandbox.devices.list();
    }
    for (const kind of ["vehicle", "inverter"])
      expect(chartOf(many, kind)).toBe(chartOf(one, kind));
  });

  it("shows the time that is chosen, with round times and days", () => {
    const built = build();
    const { id } = deviceOf(built, "vehicle").wire;
    built.sandbox.clock.advance("13h");
    built.sandbox.devices.update(id, { isCharging: true });
    built.sandbox.clock.advance("7h17m");
    const ticks = (page: string) =>
      [...page.matchAll(/<text x="[^"]*" y="213" text-anchor="middle">([^<]*)</g)].map(
        ([, text]) => text,
      );
    expect(ticks(chartOf(built, "vehicle", "span=1h"))).toEqual([
      "03:20",
      "03:30",
      "03:40",
      "03:50",
      "04:00",
      "04:10",
    ]);
    const six = chartOf(built, "vehicle", "tab=fleet&span=6h");
    expect(ticks(six)).toEqual(["23:00", "7 Jan", "01:00", "02:00", "03:00", "04:00"]);
    expect(dataIn(six).series[0]?.points[0]).toEqual([0, 11]);
    expect(ticks(chartOf(built, "vehicle", "span=24h"))).toEqual([
      "06:00",
      "12:00",
      "18:00",
      "7 Jan",
    ]);
    expect(six).toContain(
      '<a href="/?tab=fleet&amp;span=6h#chart" aria-current="true">6 hours</a>',
    );
    expect(six).toContain('<a href="/?tab=fleet#chart">All</a>');
    expect(ticks(chartOf(built, "vehicle"))).toContain("7 Jan");
    built.sandbox.clock.advance("10d");
    expect(ticks(chartOf(built, "vehicle"))).toEqual([
      "8 Jan",
      "10 Jan",
      "12 Jan",
      "14 Jan",
      "16 Jan",
    ]);
  });

  it("shows the time of the device's place", () => {
    const built = build();
    const { timezone } = built.world.siteOf(built.world.ensureUser("anna"));
    expect(timezone).not.toBe("UTC");
    built.sandbox.clock.advance("1h");
    const page = chartOf(built, "vehicle", "zone=local");
    const time = new Date(built.world.now()).toLocaleString("sv-SE", { timeZone: timezone });
    expect(page).toContain(`<td>${time}</td>`);
    expect(page).toContain(`<th scope="col">Time (${timezone})</th>`);
  });

  it("shows the first sample as a dot", () => {
    const page = chartOf(build(), "vehicle");
    expect(page).toMatch(/<circle class="dot of-power" cx="[\d.]+" cy="[\d.]+" r="3"\/>/);
    expect(page).toContain('<circle class="dot of-level"');
    expect(page).not.toContain('<path class="line');
  });

  it.each([
    [0.9, "0.75"],
    [1_000, "1000"],
  ])("has room for the labels of %d kW", (chargePower, label) => {
    const built = build({ fleet: [{ id: "anna", vehicles: [{ ...CAR, chargePower }] }] });
    built.sandbox.devices.update(deviceOf(built, "vehicle").wire.id, { isCharging: true });
    built.sandbox.clock.advance("1s");
    const page = chartOf(built, "vehicle");
    expect(page).toContain(`>${label}</text>`);
    for (const [, x, anchor, text = ""] of page.matchAll(
      /<text[^>]* x="([\d.]+)"[^>]*text-anchor="(\w+)">([^<]*)</g,
    )) {
      const width = text.length * 6;
      const begin = Number(x) - (anchor === "end" ? width : anchor === "middle" ? width / 2 : 0);
      expect(begin, text).toBeGreaterThanOrEqual(0);
      expect(begin + width, text).toBeLessThanOrEqual(360);
    }
  });

  it("begins with the first look in a large fleet, and has all that happens after it", () => {
    const built = build({ fleet: { users: 1_200, vehiclesPerUser: 1 } });
    const { world, sandbox } = built;
    const car = deviceOf(built, "vehicle");
    sandbox.clock.advance("2h");
    expect(chartOf(built, "vehicle")).toContain("<circle");
    const [begun] = world.history.of(car);
    expect(begun?.at).toBe(world.now());
    sandbox.clock.advance("1h");
    sandbox.devices.update(car.wire.id, { isCharging: true, batteryLevel: 40, chargePower: 11 });
    sandbox.clock.advance("8h");
    const page = chartOf(built, "vehicle");
    expect(world.history.of(car).map(({ power }) => power)).toEqual([0, 0, 11, 0, 0]);
    expectDrawn(page, "power", expected(world.history.of(car), "power"));
  });

  it("shows hostile names as text", () => {
    const built = build({ fleet: [{ id: HOSTILE, vehicles: [{ ...CAR, displayName: HOSTILE }] }] });
    const page = chartOf(built, "vehicle", `q=${encodeURIComponent(HOSTILE)}`);
    expect(page).toContain(escapeHtml(HOSTILE));
    expect(page).not.toContain("<script");
  });

  it("is on the page, and says when there is no device", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [CAR] }] });
    server.clock.advance("1h");
    expect(await pageOf(server)).toContain("Power and battery level");
    expect(await pageOf(server, "?q=nothing-of-the-sort")).toContain("No device chosen.");
  });
});

describe("the chart of a sandbox whose clock runs", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("draws what happened while nobody looked", () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2025, 5, 1, 8) });
    const built = build({ clock: { speed: 60 } });
    built.sandbox.devices.update(deviceOf(built, "vehicle").wire.id, { isCharging: true });
    vi.setSystemTime(Date.UTC(2025, 5, 1, 8, 8));
    for (const [kind, look] of [
      ["vehicle", "power"],
      ["inverter", "solar"],
    ] as const) {
      const page = chartOf(built, kind);
      expectDrawn(page, look, expected(built.world.history.of(deviceOf(built, kind)), "power"));
    }
    const [part] = drawn(chartOf(built, "vehicle"), "power");
    const end = part?.find(({ value }) => value < 1)?.at ?? 0;
    expect((end - Date.UTC(2025, 5, 1, 8)) / HOUR).toBeCloseTo(24 / 11, 1);
  });
});

describe("the chart of a household", () => {
  it("splits the power from the grid, and leaves what the home uses itself", () => {
    const built = build();
    const { id } = deviceOf(built, "vehicle").wire;
    built.sandbox.clock.advance("3h");
    built.sandbox.devices.update(id, { isCharging: true });
    built.sandbox.clock.advance("9h");
    const page = homeOf(built);
    const { from, series } = dataIn(page);
    expect(series.map(({ name }) => name)).toEqual([
      "Grid",
      "Solar",
      "Battery",
      "Charging",
      "Heating and cooling",
      "Rest of the home",
    ]);
    const site = built.world.siteOf(built.world.ensureUser("anna"));
    const [grid, ...shares] = series;
    const at = (line: Data["series"][number] | undefined, time: number) =>
      line?.points.findLast(([point]) => point <= time)?.[1] ?? Number.NaN;
    for (let time = 2 * MINUTE; time < 12 * HOUR; time += 5 * MINUTE) {
      const sum = shares.reduce((before, line) => before + at(line, time), 0);
      expect(sum).toBeCloseTo(at(grid, time), 2);
      expect(Math.abs(at(shares.at(-1), time) - site.load(from + time))).toBeLessThan(0.003);
    }
    expect(Math.min(...(shares[0]?.points.map(([, value]) => value ?? 0) ?? []))).toBeLessThan(0);
    expectDrawn(page, "power", expected(built.world.history.of(deviceOf(built, "meter")), "power"));
    expect(page).toContain("Owner: started charging</td>");
  });

  it("does not guess the rest while a part is unknown", () => {
    const built = build();
    built.sandbox.devices.update(deviceOf(built, "inverter").wire.id, { isReachable: false });
    built.sandbox.clock.advance("1h");
    const { series } = dataIn(homeOf(built));
    const rest = series.find(({ look }) => look === "rest");
    expect(rest?.points.at(-1)?.[1]).toBeNull();
    expect(series[0]?.points.at(-1)?.[1]).not.toBeNull();
  });

  it("is nothing for a user with one device", () => {
    expect(homeOf(build({ fleet: [{ id: "anna", vehicles: [CAR] }] }))).toBe("");
  });
});
