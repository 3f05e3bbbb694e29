import { type Html, html } from "../../shared/html.ts";
import { clockTime, dayAndTime } from "../shared/times.ts";
import type { Sample } from "./history.ts";

const [WIDTH, HEIGHT] = [360, 190];
const [LEFT, RIGHT, TOP, BOTTOM] = [30, 44, 10, 24];
const ROWS = 4;
const TABLE_ROWS = 24;

/** Draws power and battery level over time, with a table that says the same. */
export function chart(name: string, samples: readonly Sample[]): Html {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first === undefined || last === undefined) return html`<p class="hint">Nothing yet.</p>`;
  const hasLevel = samples.some(({ level }) => level !== null);
  const hasPower = samples.some(({ power }) => power !== null);
  return html`<figure>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${summaryOf(name, first, last)}">
${drawing(samples, hasPower, hasLevel)}
</svg>
<figcaption class="legend">${hasPower && html`<span>Power in kW (left)</span>`}${
    hasLevel && html`<span class="of-level">Battery level in % (right)</span>`
  }</figcaption>
</figure>
<details><summary>The same as a table</summary>
<div class="scroll" tabindex="0" role="group" aria-label="Readings of ${name}">
<table><thead><tr><th scope="col">Time</th>${hasPower && html`<th scope="col">Power</th>`}${
    hasLevel && html`<th scope="col">Battery level</th>`
  }</tr></thead>
<tbody>
${everyFew(samples).map(
  ({ at, power, level }) =>
    html`<tr><td>${dayAndTime(at)}</td>${hasPower && html`<td>${amount(power, "kW")}</td>`}${
      hasLevel && html`<td>${amount(level, "%")}</td>`
    }</tr>
`,
)}</tbody></table></div></details>`;
}

function drawing(samples: readonly Sample[], hasPower: boolean, hasLevel: boolean): Html {
  const powers = samples.map(({ power }) => power ?? 0);
  const [low, high] = scaleFor(Math.min(0, ...powers), Math.max(...powers));
  const [from, to] = spanOf(samples);
  const x = (at: number) => LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT - RIGHT);
  const y = (share: number) => TOP + (1 - share) * (HEIGHT - TOP - BOTTOM);
  const ofPower = (power: number) => y((power - low) / (high - low));
  const rows = Array.from({ length: ROWS + 1 }, (_, row) => row / ROWS);
  const powerLine = points(samples, x, ({ power }) => (power === null ? null : ofPower(power)));
  const levelLine = points(samples, x, ({ level }) => (level === null ? null : y(level / 100)));
  const base = Math.round(ofPower(0));
  return html`${rows.map((share) => {
    const height = Math.round(y(share));
    return html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${height}" y2="${height}"/>
${hasPower && html`<text x="${LEFT - 6}" y="${height + 4}" text-anchor="end">${tidy(low + share * (high - low))}</text>`}${
  hasLevel && html`<text x="${WIDTH - RIGHT + 6}" y="${height + 4}">${share * 100} %</text>`
}
`;
  })}${[0, 0.5, 1].map((share) => {
    const at = from + share * (to - from);
    const anchor = share === 0 ? "start" : share === 1 ? "end" : "middle";
    return html`<text x="${Math.round(x(at))}" y="${HEIGHT - 6}" text-anchor="${anchor}">${clockTime(at)}</text>
`;
  })}${
    hasPower &&
    powerLine !== "" &&
    html`<polygon class="power-area" points="${Math.round(x(samples[0]?.at ?? from))},${base} ${powerLine} ${Math.round(x(samples.at(-1)?.at ?? to))},${base}"/>
<polyline class="power-line" points="${powerLine}"/>
`
  }${hasLevel && html`<polyline class="level-line" points="${levelLine}"/>`}`;
}

function points(
  samples: readonly Sample[],
  x: (at: number) => number,
  y: (sample: Sample) => number | null,
): string {
  return samples
    .flatMap((sample) => {
      const height = y(sample);
      return height === null ? [] : [`${x(sample.at).toFixed(1)},${height.toFixed(1)}`];
    })
    .join(" ");
}

/** The time span of the chart: at least an hour, so that a first reading has room. */
function spanOf(samples: readonly Sample[]): [from: number, to: number] {
  const first = samples[0]?.at ?? 0;
  const last = samples.at(-1)?.at ?? first;
  return [first, Math.max(last, first + 3_600_000)];
}

/** Round ends of the scale for these powers. */
function scaleFor(low: number, high: number): [low: number, high: number] {
  const step =
    [0.25, 0.5, 1, 2, 3, 5, 10, 20, 50, 100].find((each) => each * ROWS >= high - low) ?? 300;
  const bottom = Math.floor(low / step) * step;
  return [bottom, bottom + step * ROWS >= high ? bottom + step * ROWS : bottom + step * ROWS * 2];
}

function everyFew(samples: readonly Sample[]): Sample[] {
  const step = Math.ceil(samples.length / TABLE_ROWS);
  const last = samples.length - 1;
  return samples.filter((_, at) => at === last || at % step === 0).reverse();
}

function summaryOf(name: string, first: Sample, last: Sample): string {
  const level =
    last.level === null
      ? ""
      : `, battery level from ${amount(first.level, "%")} to ${amount(last.level, "%")}`;
  const span = `from ${dayAndTime(first.at)} to ${dayAndTime(last.at)}`;
  return `${name} ${span}: power now ${amount(last.power, "kW")}${level}`;
}

function amount(value: number | null, unit: string): string {
  return value === null ? "unknown" : `${tidy(value)} ${unit}`;
}

function tidy(value: number): string {
  return String(Math.round(value * 100) / 100);
}
