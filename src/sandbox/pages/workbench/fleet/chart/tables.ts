import type { Marker } from "../../../../simulation/history/reading.ts";
import { type Html, html } from "../../../shared/html.ts";
import { type Series, timesOf, valueAt } from "./series.ts";
import type { TimeText } from "./time-axis.ts";
import { amount } from "./value-axis.ts";

/** As many as a browser can update each second. */
const MOST_ROWS = 100;

/** The values of a chart as a table, latest first. */
export function valuesTable(name: string, all: readonly Series[], times: TimeText): Html {
  const moments = timesOf(all).reverse();
  const shown = moments.slice(0, MOST_ROWS);
  return html`<details><summary>The same as a table</summary>
${shown.length < moments.length && html`<p class="hint">The last ${MOST_ROWS} of ${moments.length} changes.</p>`}
<div class="scroll" tabindex="0" role="group" aria-label="Readings of ${name}">
<table><thead><tr><th scope="col">Time (${times.name})</th>${all.map(
    (series) => html`<th scope="col">${series.name}</th>`,
  )}</tr></thead>
<tbody>
${shown.map(
  (at) => html`<tr><td>${times.full(at)}</td>${all.map(
    (series) => html`<td>${amount(valueAt(series, at), series.unit)}</td>`,
  )}</tr>
`,
)}</tbody></table></div></details>`;
}

/** The commands and events of a chart as a table, latest first. */
export function markersTable(
  name: string,
  markers: readonly Marker[],
  times: TimeText,
): Html | null {
  if (markers.length === 0) return null;
  return html`<details><summary>Commands and events (${markers.length})</summary>
<div class="scroll" tabindex="0" role="group" aria-label="Commands and events of ${name}">
<table><thead><tr><th scope="col">Time (${times.name})</th><th scope="col">What happened</th></tr></thead>
<tbody>
${[...markers].reverse().map(
  ({ at, text }) => html`<tr><td>${times.full(at)}</td><td>${text}</td></tr>
`,
)}</tbody></table></div></details>`;
}
