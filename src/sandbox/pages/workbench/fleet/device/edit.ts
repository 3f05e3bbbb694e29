import type { Location } from "../../../../../../generated/types.ts";
import { type Html, html } from "../../../shared/html.ts";
import { hidden } from "../../../shared/layout.ts";
import { type Forms, formStart } from "../../shared/forms.ts";
import type { DeviceView } from "../shared/device-view.ts";
import { settingFields, settingsView } from "../shared/settings.ts";

const AS_IT_IS = "as it is";

/** The forms that change and remove a device; removing takes a second step. */
export function editView(
  { id, kind, name }: DeviceView,
  locations: readonly Readonly<Location>[],
  forms: Forms,
): Html {
  return html`<section class="panel" aria-labelledby="edit-title">
<header><h3 id="edit-title">Edit</h3></header>
<details><summary>Change the settings</summary>
${formStart(forms, true)}${hidden("device", id)}<div class="settings">
${settingsView("edit", settingFields[kind], AS_IT_IS)}${(kind === "charger" || kind === "hvac") && placeField(locations)}</div>
<button class="quiet" name="do" value="edit-device">Save the changes</button>
<small>An empty field stays as it is.</small></form></details>
<details class="danger"><summary>Remove…</summary>
${formStart(forms)}${hidden("device", id)}
<p>Its owner sold it: it disappears with its schedules, and its pending action fails.</p>
<button class="bad" name="do" value="remove-device">Remove ${name} for good</button></form></details></section>
`;
}

/** What does not know its position is put at a location. */
function placeField(locations: readonly Readonly<Location>[]): Html {
  return html`<div><label for="edit-location">Location</label>
<select id="edit-location" name="locationId"><option value="">${AS_IT_IS}</option><option value="none">none</option>${locations.map(
    ({ id, name }) => html`<option value="${id}">${name}</option>`,
  )}</select></div>`;
}
