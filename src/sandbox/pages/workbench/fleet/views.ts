import { deviceKinds } from "../../../simulation/devices/catalogue.ts";
import { type Html, html } from "../../shared/html.ts";
import { type Forms, formStart } from "../shared/forms.ts";

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
