import {
  type DeviceKind,
  deviceKinds,
  kindsOf,
  modelOf,
  vendors,
} from "../../../../simulation/devices/catalogue.ts";
import type { DeviceSeed } from "../../../../simulation/devices/device-input.ts";
import type { PagesContext } from "../../../shared/context.ts";
import { type Html, html } from "../../../shared/html.ts";
import { type Forms, formStart } from "../../shared/forms.ts";
import type { Command } from "../../shared/tab.ts";
import { nameOf } from "../shared/device-view.ts";
import { attempt } from "../shared/outcomes.ts";
import { levelField, nameField, plugField, settingsIn, settingsView } from "../shared/settings.ts";
import { userField } from "./user-field.ts";

const FIELDS = [levelField, plugField, nameField];

/** Adds a device to a user, who need not exist. */
export function addCommand({ sandbox }: PagesContext): Command {
  return (form) => {
    const userId = form.get("user")?.trim() ?? "";
    const [kindName, vendor] = (form.get("model") ?? "").split("/");
    const kind = deviceKinds.find((each) => each === kindName);
    if (userId === "" || kind === undefined || vendor === undefined) return undefined;
    return attempt(() => {
      // The sandbox checks the vendor and the settings.
      const seed = { ...settingsIn(form, FIELDS), vendor } as DeviceSeed<DeviceKind>;
      const device = sandbox.devices.add(userId, kind, seed);
      return {
        message: `${nameOf(device)} of ${userId} was added.`,
        query: { device: device.id, user: null },
      };
    });
  };
}

/** The form that adds a device. A choice of a model is one of its kind and vendor: a vendor has one of a kind. */
export function addView(users: readonly string[], forms: Forms): Html {
  return html`<section class="panel" aria-labelledby="add-title">
<header><h2 id="add-title">Add a device</h2></header>
${formStart(forms, true)}<div class="settings">
${userField("add", users)}
<div><label for="add-model">Kind, vendor and model</label><select id="add-model" name="model">${deviceKinds.map(modelsView)}</select></div>
${settingsView("add", FIELDS, "by default")}</div>
<button class="quiet" name="do" value="add">Add the device</button></form></section>
`;
}

function modelsView(kind: DeviceKind): Html {
  return html`<optgroup label="${kind}">${vendors
    .filter((vendor) => kindsOf(vendor).includes(kind))
    .map((vendor) => {
      const { brand, model } = modelOf(kind, vendor);
      return html`<option value="${kind}/${vendor}"${vendor === "TESLA" && kind === "vehicle" && html` selected`}>${brand} ${model}</option>`;
    })}</optgroup>`;
}
