import { expect, it } from "vitest";
import { type ChartData, chartView } from "../../examples/fleet/pages/chart.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 0, 6, 20);
const at = (hours: number) => new Date(START + hours * HOUR);
const parts = (...values: (number | null)[]) =>
  values.map((value, hour) => ({ from: at(hour), to: at(hour + 1), value }));

const draw = (data: Partial<ChartData>) =>
  chartView({
    from: at(0),
    to: at(6),
    level: [],
    power: [],
    cheap: [],
    timeZone: "Europe/Oslo",
    ...data,
  }).text;

const pathsOf = (text: string, of: string) =>
  [...text.matchAll(new RegExp(`class="${of}" d="([^"]*)"`, "g"))].map(([, path]) => path);

it("draws power in steps, and equal ones as one", () => {
  const text = draw({ power: parts(0, 11, 11, 0, 0, 0) });
  expect(pathsOf(text, "line of-power")).toEqual(["M 48 246 V 246 H 150 V 51.7 H 354 V 246 H 660"]);
});

it("leaves gaps where nothing is known", () => {
  const text = draw({ power: parts(4, null, 4), level: parts(50, null, null, 60, 61) });
  expect(pathsOf(text, "line of-power")).toHaveLength(2);
  expect(pathsOf(text, "line of-level")).toHaveLength(2);
});

it("names round times by the clocks of the place, and midnight by its day", () => {
  const times = [...draw({}).matchAll(/text-anchor="middle">([^<]*)</g)].map(([, text]) => text);
  expect(times).toEqual(["21:00", "22:00", "23:00", "7 Jan", "01:00", "02:00", "03:00"]);
  const half = draw({ timeZone: "Asia/Kolkata" });
  expect(half).toContain(">02:00<");
});

it("says in words what it shows", () => {
  const text = draw({ level: parts(40, 62), power: parts(7.4, 7.4) });
  expect(text).toContain("Battery level from 40 % to 62 %. Charging with up to 7.4 kW.");
  expect(draw({})).toContain("Nothing is known yet.");
  expect(draw({ level: parts(40) })).toContain("No charging.");
});

it("has a scale with room for fast charging", () => {
  const text = draw({ power: parts(151) });
  expect(text).toContain('text-anchor="end">160</text>');
});

it("shades the cheap hours", () => {
  const text = draw({ cheap: [{ from: at(3), to: at(6) }] });
  expect(text).toContain('class="cheap" x="354" y="34" width="306"');
  expect(text).toContain("Cheap hours");
});
