// The past of a car: its last day as a chart, and its charging sessions as a table.
import type { HistorySession } from "enode-sdk/history";
import type { CarHistory } from "../charging-history.ts";
import { chartView } from "./chart.ts";
import { type Html, html } from "./html.ts";
import { amount, clock, UNKNOWN } from "./text.ts";

/** The past of a car. */
export function historyView({ chart, sessions }: CarHistory, now: Date, timeZone: string): Html {
  return html`<section class="card" aria-labelledby="day"><h2 id="day">Battery and power</h2>
${chartView(chart)}
</section>
<section class="card" aria-labelledby="sessions"><h2 id="sessions">Charging sessions</h2>
${sessions.length === 0 ? html`<p class="soft">None in the last seven days.</p>` : sessionsTable(sessions, now, timeZone)}
</section>`;
}

function sessionsTable(sessions: readonly HistorySession[], now: Date, timeZone: string): Html {
  // It scrolls by itself where it is too wide, and so needs to be in reach of the keyboard.
  return html`<div class="scroll" tabindex="0" role="group" aria-label="Charging sessions"><table>
<thead><tr><th scope="col">From</th><th scope="col">To</th><th scope="col">Energy</th><th scope="col">Level</th><th scope="col">Cost</th></tr></thead>
<tbody>${sessions.map(
    ({ from, to, kwh, levelBefore, levelAfter, cost }) =>
      html`<tr><td>${clock(from, now, timeZone)}</td><td>${to === undefined ? "goes on" : clock(to, now, timeZone)}</td><td>${amount(kwh, "kWh", 1)}</td><td>${amount(levelBefore, "%")} to ${amount(levelAfter, "%")}</td><td>${cost === null ? UNKNOWN : cost.toFixed(2)}</td></tr>`,
  )}</tbody></table></div>`;
}
