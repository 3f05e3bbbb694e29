// A chart of level and power as SVG, made on the server: no library, and readable without a script.
import { type Html, html } from "./html.ts";
import { amount } from "./text.ts";

/** A value that holds for a part of the time; null where it is not known, which is drawn as a gap. */
export interface Part {
  readonly from: Date;
  readonly to: Date;
  readonly value: number | null;
}

/** What a chart shows. */
export interface ChartData {
  readonly from: Date;
  readonly to: Date;
  /** Battery level, in %. */
  readonly level: readonly Part[];
  /** Power of charging, in kW. */
  readonly power: readonly Part[];
  /** Hours in which energy is cheap. */
  readonly cheap: readonly { readonly from: Date; readonly to: Date }[];
  readonly timeZone: string;
}

const [WIDTH, HEIGHT] = [720, 280];
const [LEFT, RIGHT, TOP, BOTTOM] = [48, WIDTH - 60, 34, HEIGHT - 34];
const HOUR = 3_600_000;
const TICKS = [1, 2, 3, 4, 6, 12, 24].map((hours) => hours * HOUR);
const MOST_TICKS = 7;
const ROWS = 4;

/** Draws a chart. */
export function chartView(data: ChartData): Html {
  const { from, to, level, power, cheap } = data;
  const x = (at: Date | number) => {
    const share = (Number(at) - from.getTime()) / (to.getTime() - from.getTime());
    return Math.round((LEFT + Math.min(1, Math.max(0, share)) * (RIGHT - LEFT)) * 10) / 10;
  };
  const most = topOf(power);
  const y = (value: number, top: number) =>
    Math.round((BOTTOM - (value / top) * (BOTTOM - TOP)) * 10) / 10;
  const rows = Array.from({ length: ROWS + 1 }, (_, row) => row / ROWS);
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-labelledby="chart-title chart-text">
<title id="chart-title">Battery level and power of charging</title>
<desc id="chart-text">${summaryOf(data)}</desc>
${cheap.map((part) => html`<rect class="cheap" x="${x(part.from)}" y="${TOP}" width="${Math.max(0, x(part.to) - x(part.from))}" height="${BOTTOM - TOP}"/>`)}
<text class="of-power" x="${LEFT - 8}" y="14" text-anchor="end">kW</text><text class="of-level" x="${RIGHT + 8}" y="14">%</text>
${rows.map((share) => {
  const height = y(share, 1);
  return html`<line class="grid" x1="${LEFT}" x2="${RIGHT}" y1="${height}" y2="${height}"/>
<text x="${LEFT - 8}" y="${height}" dy="5" text-anchor="end">${share * most}</text><text x="${RIGHT + 8}" y="${height}" dy="5">${share * 100}</text>
`;
})}${ticksOf(data).map(
  ({ at, text }) => html`<line class="grid" x1="${x(at)}" x2="${x(at)}" y1="${TOP}" y2="${BOTTOM}"/>
<text x="${x(at)}" y="${HEIGHT - 10}" text-anchor="middle">${text}</text>
`,
)}${knownRuns(power).map((run) => {
  // A step lasts until the next one; equal ones are one.
  const steps = run.map(({ to: end, value }) => `V ${y(value, most)} H ${x(end)}`);
  const kept = steps.filter((_, at) => run[at]?.value !== run[at + 1]?.value);
  const [begin, first] = [x(run[0].from), y(run[0].value, most)];
  return html`<path class="area of-power" d="M ${begin} ${BOTTOM} ${kept.join(" ")} V ${BOTTOM} Z"/><path class="line of-power" d="M ${begin} ${first} ${kept.join(" ")}"/>
`;
})}${knownRuns(level).map((run) => {
  const [first] = run;
  const points = [
    `${x(first.from)} ${y(first.value, 100)}`,
    ...run.map((part) => `${x(part.to)} ${y(part.value, 100)}`),
  ];
  return html`<path class="line of-level" d="M ${points.join(" L ")}"/>
`;
})}</svg>
<p class="legend"><span class="of-level">Battery level (%)</span> <span class="of-power">Power (kW)</span>${cheap.length > 0 && html` <span class="of-cheap">Cheap hours</span>`}</p>`;
}

type Known = Part & { readonly value: number };

/** The parts between gaps. */
function knownRuns(parts: readonly Part[]): [Known, ...Known[]][] {
  const runs: [Known, ...Known[]][] = [];
  let run: [Known, ...Known[]] | undefined;
  for (const part of parts) {
    const { value } = part;
    if (value === null) {
      run = undefined;
      continue;
    }
    const known = { ...part, value };
    if (run) run.push(known);
    else {
      run = [known];
      runs.push(run);
    }
  }
  return runs;
}

/** A round value above all powers. */
function topOf(power: readonly Part[]): number {
  const most = Math.max(4, ...power.map(({ value }) => value ?? 0));
  return (
    [4, 8, 12, 16, 20, 24, 40, 60, 80, 120, 160, 200, 280, 400].find((top) => top >= most) ?? most
  );
}

/** Round times, as the clocks of the place show them. */
function ticksOf({ from, to, timeZone }: ChartData): { at: number; text: string }[] {
  const length = to.getTime() - from.getTime();
  const step = TICKS.find((each) => length / each <= MOST_TICKS) ?? 24 * HOUR;
  const format = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
  const day = new Intl.DateTimeFormat("en-GB", { timeZone, day: "numeric", month: "short" });
  const ticks: { at: number; text: string }[] = [];
  // Quarters of an hour are round in every time zone.
  for (
    let at = Math.ceil(from.getTime() / (HOUR / 4)) * (HOUR / 4);
    at <= to.getTime();
    at += HOUR / 4
  ) {
    const text = format.format(at);
    const [hours, minutes] = text.split(":").map(Number);
    if (minutes !== 0 || ((hours ?? 0) * HOUR) % step !== 0) continue;
    ticks.push({ at, text: text === "00:00" ? day.format(at) : text });
  }
  return ticks;
}

/** The chart in words. */
function summaryOf({ level, power }: ChartData): string {
  const levels = level.flatMap(({ value }) => value ?? []);
  const most = Math.max(0, ...power.map(({ value }) => value ?? 0));
  const [first, last] = [levels[0], levels.at(-1)];
  if (first === undefined) return "Nothing is known yet.";
  const charging = most > 0 ? `Charging with up to ${amount(most, "kW", 1)}.` : "No charging.";
  return `Battery level from ${amount(first, "%")} to ${amount(last, "%")}. ${charging}`;
}
