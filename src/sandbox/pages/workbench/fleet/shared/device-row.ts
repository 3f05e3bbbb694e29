import { type Html, html } from "../../../shared/html.ts";
import { hidden } from "../../../shared/layout.ts";
import { type Forms, formStart } from "../../shared/forms.ts";
import { deviceAddress } from "./addresses.ts";
import type { DeviceView } from "./device-view.ts";
import { amount } from "./numbers.ts";

// More are in the menu.
const MAIN = 2;

/** Where a row stands. */
export interface RowPlace {
  /** The start of its ID: a page can have two rows of a device. */
  readonly prefix: string;
  /** Whether the page of the device is shown beside it. */
  readonly isChosen: boolean;
}

/** A device in one line, with what its owner does most. */
export function deviceRow(device: DeviceView, { prefix, isChosen }: RowPlace, forms: Forms): Html {
  const { id, userId, kind, name, state, mood, level, power } = device;
  const buttons = ownerButtons(device);
  return html`<article class="device${isChosen && " chosen"}" id="${prefix}-${id}" data-group tabindex="-1" aria-label="${name} of ${userId}">
<h4><a href="${deviceAddress(forms.back, id)}" title="${id}"${isChosen && html` aria-current="true"`}>${name}<span class="unseen"> of ${userId}</span></a><small>${kind}</small></h4>
<span class="state ${mood}">${state}</span>
<span class="level">${level !== null && html`<meter min="0" max="100" value="${level}" aria-label="Battery level">${amount(level, "%")}</meter>${amount(level, "%")}`}</span>
<span class="power">${power !== null && amount(power, "kW")}</span>
${ownerForm(device, buttons.slice(0, MAIN), forms)}${
  buttons.length > MAIN &&
  html`<details class="more"><summary aria-label="More for ${name} of ${userId}">⋯</summary>
${ownerForm(device, buttons.slice(MAIN), forms)}</details>`
}
</article>
`;
}

/** Buttons for what the owner can do with a device now. */
export function ownerForm(
  { id, userId, name }: DeviceView,
  buttons: readonly OwnerButton[],
  forms: Forms,
): Html {
  return html`${formStart(forms)}${hidden("device", id)}
${buttons.map(
  ([command, label, whole]) =>
    html`<button class="quiet" name="do" value="${command}" aria-label="${whole ?? label} ${name} of ${userId}">${label}</button>
`,
)}</form>`;
}

/** A button: its command, its label, and a longer label when that one needs the sight of its device. */
export type OwnerButton = readonly [command: string, label: string, whole?: string];

/** What the owner can do with a device now, the most usual first. */
export function ownerButtons(device: DeviceView): OwnerButton[] {
  const { isPluggedIn, isCharging, isReachable, isAccountValid, kind } = device;
  const buttons: OwnerButton[] = [];
  if (isPluggedIn === true) {
    buttons.push(isCharging ? ["stop", "Stop", "Stop charging"] : ["start", "Charge"]);
    buttons.push(["unplug", "Unplug"]);
  }
  if (isPluggedIn === false) buttons.push(["plug-in", "Plug in"]);
  if (kind === "vehicle") buttons.push(["drive", "Drive 50 km"]);
  // Without credentials the device is out of reach in any case.
  if (isAccountValid)
    buttons.push(isReachable ? ["offline", "Take offline"] : ["online", "Bring online"]);
  return buttons;
}
