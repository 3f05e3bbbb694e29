import type { Marker } from "../../../../simulation/history/reading.ts";
import { type Html, html } from "../../../shared/html.ts";
import type { Point, Series } from "./series.ts";
import type { Range, TimeText } from "./time-axis.ts";
import { amount, axisFor, type ValueAxis } from "./value-axis.ts";

const [WIDTH, HEIGHT] = [360, 220];
const [TOP, BOTTOM] = [24, 24];
const MOST_TICKS = 6;
/** The room that text of the chart's size needs. */
const [LETTER, LINE] = [6.5, 13];

/** What a chart draws. */
export interface Drawing {
  readonly series: readonly Series[];
  readonly markers: readonly Marker[];
  readonly range: Range;
  readonly times: TimeText;
}

/** Where the lines of a chart are. */
export interface Plot {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  x(at: number): number;
  y(axis: ValueAxis, value: number): number;
  axisOf(series: Series): ValueAxis;
}

/** Lays a chart out: labels fit at its sides, however long they are. */
export function plotOf({ series, range }: Drawing): Plot {
  const axisAt = (side: Series["axis"]) => axisFor(series.filter(({ axis }) => axis === side));
  const axes = { left: axisAt("left"), right: axisAt("right") };
  const left = roomFor(axes.left);
  const right = WIDTH - roomFor(axes.right);
  const bottom = HEIGHT - BOTTOM;
  return {
    left,
    right,
    top: TOP,
    bottom,
    x: (at) => left + ((at - range.from) / (range.to - range.from)) * (right - left),
    y: ({ low, high }, value) => bottom - ((value - low) / (high - low)) * (bottom - TOP),
    axisOf({ axis, name }) {
      const found = axes[axis];
      if (found === undefined) throw new Error(`The line ${name} has no scale`);
      return found;
    },
  };
}

/** Draws a chart as SVG. */
export function drawingView(drawing: Drawing, plot: Plot, summary: string): Html {
  const { series, markers, range, times } = drawing;
  const { top, bottom, x } = plot;
  return html`<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${summary}">
${scaleView(series, plot, "left")}${scaleView(series, plot, "right")}${times
  .ticks(range, MOST_TICKS)
  .map(({ at, text }) => {
    const place = x(at);
    // A text at an end would be cut off.
    const middle = Math.min(
      WIDTH - (text.length * LETTER) / 2,
      Math.max((text.length * LETTER) / 2, place),
    );
    return html`<line class="grid" x1="${pixel(place)}" x2="${pixel(place)}" y1="${top}" y2="${bottom}"/>
<text x="${pixel(middle)}" y="${HEIGHT - 7}" text-anchor="middle">${text}</text>
`;
  })}${markers.map(
  ({ at, text }) =>
    html`<g class="mark"><title>${times.full(at)} ${text}</title><line x1="${pixel(x(at))}" x2="${pixel(x(at))}" y1="${top}" y2="${bottom}"/><path d="M ${pixel(x(at))} ${top} l -4 -6 h 8 z"/></g>
`,
)}${series.map((line) => lineView(line, plot))}${labels(series, plot)}<g class="rule" data-client></g>
</svg>`;
}

/** A coordinate. */
function pixel(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function scaleView(all: readonly Series[], plot: Plot, side: Series["axis"]): Html | null {
  const first = all.find(({ axis }) => axis === side);
  if (first === undefined) return null;
  const axis = plot.axisOf(first);
  const { left, right } = plot;
  const [place, anchor] = side === "left" ? [left - 6, "end"] : [right + 6, "start"];
  // The lines of the first scale serve both.
  const hasLines = side === "left" || all.every((line) => line.axis === side);
  return html`<text x="${pixel(place)}" y="11" text-anchor="${anchor}">${axis.unit}</text>
${axis.ticks.map((tick) => {
  const height = pixel(plot.y(axis, tick));
  return html`${
    hasLines &&
    html`<line class="grid${tick === 0 && axis.low < 0 && " zero"}" x1="${pixel(left)}" x2="${pixel(right)}" y1="${height}" y2="${height}"/>
`
  }<text x="${pixel(place)}" y="${height}" dy="4" text-anchor="${anchor}">${tick}</text>
`;
})}`;
}

function lineView(series: Series, plot: Plot): Html {
  const axis = plot.axisOf(series);
  const { path, dots } = trace(series, plot.x, (value) => plot.y(axis, value));
  const { look } = series;
  return html`${path !== "" && html`<path class="line of-${look}" d="${path}"/>\n`}${dots.map(
    ([x, y]) => html`<circle class="dot of-${look}" cx="${pixel(x)}" cy="${pixel(y)}" r="3"/>
`,
  )}`;
}

/** The path of a line, broken where nothing is known; what is known at one time only is a dot. */
function trace(
  { points, isSteps }: Series,
  x: (at: number) => number,
  y: (value: number) => number,
): { readonly path: string; readonly dots: readonly (readonly [number, number])[] } {
  const parts: string[] = [];
  const dots: (readonly [number, number])[] = [];
  for (const known of knownParts(points)) {
    const [first] = known;
    if (first === undefined) continue;
    const last = known.at(-1) ?? first;
    if (last.at === first.at) dots.push([x(last.at), y(last.value)]);
    if (known.length === 1) continue;
    parts.push(`M ${pixel(x(first.at))} ${pixel(y(first.value))}`);
    for (const { at, value } of known.slice(1)) {
      const [across, up] = [pixel(x(at)), pixel(y(value))];
      parts.push(isSteps ? `H ${across} V ${up}` : `L ${across} ${up}`);
    }
  }
  return { path: parts.join(" "), dots };

  /** The parts between gaps. A step lasts until the time from which nothing is known. */
  function* knownParts(all: readonly Point[]) {
    let part: { at: number; value: number }[] = [];
    for (const { at, value } of all) {
      if (value !== null) {
        part.push({ at, value });
        continue;
      }
      const last = part.at(-1);
      if (isSteps && last !== undefined) part.push({ at, value: last.value });
      yield part;
      part = [];
    }
    yield part;
  }
}

/** The last values, at the ends of their lines and apart from each other. */
function labels(all: readonly Series[], plot: Plot): Html[] {
  const ends = all.flatMap((series) => {
    const last = series.points.at(-1);
    if (!series.hasLabel || last === undefined || last.value === null) return [];
    const axis = plot.axisOf(series);
    const text = amount(last.value, series.unit);
    return [{ text, look: series.look, x: plot.x(last.at), y: plot.y(axis, last.value) - 5 }];
  });
  ends.sort((one, other) => one.y - other.y);
  let free = plot.top + LINE - 3;
  // From the top down, and as far up as all below need.
  return ends.map(({ text, look, x, y }, index) => {
    const room = (ends.length - 1 - index) * LINE;
    const height = Math.max(free, Math.min(y, plot.bottom - 4 - room));
    free = height + LINE;
    const fits = x - text.length * LETTER > plot.left;
    return html`<text class="end of-${look}" x="${pixel(fits ? x - 5 : x + 6)}" y="${pixel(height)}" text-anchor="${fits ? "end" : "start"}">${text}</text>
`;
  });
}

function roomFor(axis: ValueAxis | undefined): number {
  if (axis === undefined) return 14;
  const texts = [axis.unit, ...axis.ticks.map(String)];
  return 12 + Math.max(...texts.map(({ length }) => length)) * LETTER;
}
