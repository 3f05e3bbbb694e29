import type { Marker } from "../../../../simulation/history/reading.ts";
import { type Html, html } from "../../../shared/html.ts";
import { linkTo } from "../../shared/forms.ts";
import { type Drawing, drawingView, type Plot, plotOf } from "./drawing.ts";
import { clip, energyOf, type Series } from "./series.ts";
import { markersTable, valuesTable } from "./tables.ts";
import { rangeUntil, SPANS, TimeText } from "./time-axis.ts";
import { amount } from "./value-axis.ts";

/** What a figure shows. */
export interface FigureParts {
  /** The element to which its links jump. */
  readonly id: string;
  /** Whose values it shows. */
  readonly name: string;
  readonly series: readonly Series[];
  readonly markers: readonly Marker[];
  readonly now: number;
  /** The time zone of the place. */
  readonly timezone: string;
  /** The query of the page, which may choose a length of time and the local time. */
  readonly query: URLSearchParams;
}

/** A chart with its legend, its choices, and tables that say the same. */
export function figureView({
  id,
  name,
  series: all,
  markers,
  now,
  timezone,
  query,
}: FigureParts): Html {
  const first = Math.min(now, ...all.flatMap(({ points }) => points[0]?.at ?? []));
  const range = rangeUntil(now, first, SPANS.get(query.get("span") ?? "")?.length);
  const times = new TimeText(query.get("zone") === "local" ? timezone : "UTC");
  const drawing: Drawing = {
    series: all.map((line) => clip(line, range.from, range.to)),
    markers: markers.filter(({ at }) => at >= range.from && at <= range.to),
    range,
    times,
  };
  const { series } = drawing;
  const choices = choicesView(id, name, timezone, query);
  if (series.length === 0) return html`${choices}<p class="hint">Nothing is known yet.</p>`;
  const plot = plotOf(drawing);
  return html`${choices}
<figure class="chart">
<div class="plot" tabindex="0" role="group" aria-label="Chart of ${name}: arrow keys read values" data-chart="${JSON.stringify({ of: name, ...dataOf(drawing, plot) })}">
${drawingView(drawing, plot, summaryOf(name, drawing))}
</div>
<p class="readout" role="status" data-client></p>
<figcaption class="legend">${series.map(
    ({ name: title, unit, look }) => html`<span class="of-${look}">${title} in ${unit}</span>`,
  )}</figcaption>
${energyView(series)}
</figure>
${valuesTable(name, series, times)}
${markersTable(name, drawing.markers, times)}`;
}

/** What the script of the page needs for values under the pointer; times are milliseconds after the start. */
function dataOf({ series, markers, range, times }: Drawing, plot: Plot) {
  const { from, to } = range;
  const { left, right, top, bottom } = plot;
  const since = (at: number) => Math.round(at - from);
  return {
    ...{ from, to, left, right, top, bottom },
    zone: times.name,
    series: series.map((line) => {
      const { name, unit, look, isSteps, points } = line;
      const { low, high } = plot.axisOf(line);
      const values = points.map(({ at, value }) => [since(at), value && Number(value.toFixed(3))]);
      return { name, unit, look, isSteps, low, high, points: values };
    }),
    markers: markers.map(({ at, text }) => [since(at), text]),
  };
}

function choicesView(id: string, name: string, timezone: string, query: URLSearchParams): Html {
  const link = (title: string, changes: Readonly<Record<string, string | null>>) => {
    const isCurrent = Object.entries(changes).every(([key, value]) => query.get(key) === value);
    return html`<a href="${linkTo(query, { note: null, ...changes })}#${id}"${isCurrent && html` aria-current="true"`}>${title}</a>
`;
  };
  return html`<nav class="choices" aria-label="Times of the chart of ${name}">
${[...SPANS].map(([span, { title }]) => link(title, { span }))}${link("All", { span: null })}<span aria-hidden="true">·</span>
${link("UTC", { zone: null })}${link(`Local time (${timezone})`, { zone: "local" })}</nav>`;
}

function energyView(all: readonly Series[]): Html | null {
  const [power, ...others] = all.filter(({ unit }) => unit === "kW");
  if (power === undefined || others.length > 0) return null;
  const { above, below } = energyOf(power);
  if (below === 0) return html`<p class="hint">Energy: ${amount(above, "kWh")}</p>`;
  return html`<p class="hint">Energy: ${amount(above, "kWh")} above zero, ${amount(below, "kWh")} below</p>`;
}

/** The chart in a sentence. */
function summaryOf(name: string, { series, range, times }: Drawing): string {
  const values = series.map(({ name: title, unit, points }) => {
    const known = points.flatMap(({ value }) => value ?? []);
    const low = known.reduce((one, other) => Math.min(one, other), Number.POSITIVE_INFINITY);
    const high = known.reduce((one, other) => Math.max(one, other), Number.NEGATIVE_INFINITY);
    const now = amount(points.at(-1)?.value ?? null, unit);
    if (known.length === 0) return `${title} unknown`;
    return `${title} now ${now}, from ${amount(low, unit)} to ${amount(high, unit)}`;
  });
  return `${name}, ${times.full(range.from)} to ${times.full(range.to)} ${times.name}. ${values.join(". ")}`;
}
