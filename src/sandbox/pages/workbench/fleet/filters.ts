import { deviceKinds, vendors } from "../../../simulation/devices/catalogue.ts";
import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import { type FleetQuery, isFiltered, STATES } from "./query.ts";

const SORTED_VENDORS = vendors.toSorted((one, other) => one.localeCompare(other, "en"));

/** The search for users and devices. */
export function filtersView(query: FleetQuery): Html {
  const { search, kind, state, vendor } = query;
  return html`<form method="get" action="/" role="search" class="panel find">${hidden("tab", "fleet")}
<div class="wide"><label for="q">Search users and devices</label>
<input id="q" name="q" type="search" value="${search}" placeholder="ID, name or model" autocomplete="off"></div>
${choice("kind", "Kind", deviceKinds, kind)}
${choice("state", "State", STATES, state)}
${choice("vendor", "Vendor", SORTED_VENDORS, vendor)}
<div class="row"><button class="quiet">Search</button>${isFiltered(query) && html`<a class="button" href="/?tab=fleet">Clear</a>`}</div>
</form>`;
}

function choice(name: string, label: string, values: readonly string[], chosen: string): Html {
  return html`<div><label for="filter-${name}">${label}</label>
<select id="filter-${name}" name="${name}"><option value="">Any</option>${values.map(
    (value) => html`<option${value === chosen && html` selected`}>${value}</option>`,
  )}</select></div>`;
}
