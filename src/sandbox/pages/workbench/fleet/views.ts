import { deviceKinds } from "../../../simulation/devices/catalogue.ts";
import { type Html, html } from "../../shared/html.ts";
import { type Forms, formStart } from "../shared/forms.ts";
import { chart } from "./chart.ts";
import type { Sample } from "./history.ts";
import type { FleetState } from "./state.ts";

export function chartView({ chosen }: FleetState, samples: readonly Sample[]): Html {
  return html`<section class="panel" id="chart" data-part aria-labelledby="chart-title">
<header><h2 id="chart-title">Power and battery level</h2>${chosen && html`<span class="badge">${chosen.name}</span>`}</header>
${chosen === undefined ? html`<p class="hint">No device yet.</p>` : chart(`${chosen.name} of ${chosen.userId}`, samples)}
</section>`;
}

export function addView(forms: Forms): Html {
  return html`<section class="panel" aria-labelledby="add-title">
<header><h2 id="add-title">Add a device</h2></header>
${formStart(forms, true)}
<label for="add-user">User ID</label><input id="add-user" name="user" required maxlength="200" autocomplete="off">
<label for="add-kind">Kind</label><select id="add-kind" name="kind">${deviceKinds.map((kind) => html`<option>${kind}</option>`)}</select>
<button class="quiet" name="do" value="add">Add</button></form></section>`;
}

/** Lays out the parts of the fleet. */
export function fleetView(
  search: string,
  { devices, chart, add }: { readonly devices: Html; readonly chart: Html; readonly add: Html },
): Html {
  return html`<div class="columns">
<div class="column">
<form method="get" action="/" role="search" class="panel search">
<label for="q">Search users and devices</label>
<div class="row"><input id="q" name="q" type="search" value="${search}" autocomplete="off">
<button class="quiet">Search</button></div>
</form>
${devices}
${add}
</div>
<div class="column">
${chart}
</div>
</div>`;
}
