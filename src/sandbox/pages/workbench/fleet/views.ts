import { type Html, html } from "../../shared/html.ts";
import { chart } from "./chart.ts";
import type { Sample } from "./history.ts";
import type { FleetState } from "./state.ts";

export function chartView({ chosen }: FleetState, samples: readonly Sample[]): Html {
  return html`<section class="panel" id="chart" data-part aria-labelledby="chart-title">
<header><h2 id="chart-title">Power and battery level</h2>${chosen && html`<span class="badge">${chosen.name}</span>`}</header>
${chosen === undefined ? html`<p class="hint">No device chosen.</p>` : chart(`${chosen.name} of ${chosen.userId}`, samples)}
</section>`;
}

/**
 * Lays out the fleet: the list, and beside it a detail.
 *
 * @param isOpened Whether somebody asked for the detail: on a phone it then stands in place of the list.
 */
export function fleetView(list: Html, detail: Html, isOpened: boolean): Html {
  return html`<div class="fleet${isOpened && " opened"}">
<div class="column list">
${list}
</div>
<div class="column detail">
${detail}
</div>
</div>`;
}
