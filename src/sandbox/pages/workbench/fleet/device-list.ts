import { type Html, html, type Piece } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import { type Forms, formStart, linkTo } from "../shared/forms.ts";
import type { DeviceView } from "./device-view.ts";
import type { AccountView, FleetState, UserView } from "./state.ts";

export function devicesView(state: FleetState, forms: Forms): Html {
  const { users, isCut, userCount, deviceCount, chosen } = state;
  return html`<section class="panel" id="devices" data-part aria-labelledby="devices-title">
<header><h2 id="devices-title">Users and devices</h2>
<p class="hint">${count(userCount, "user")}, ${count(deviceCount, "device")}${isCut && "; the first are shown, search for others"}</p></header>
${users.length === 0 && html`<p>${userCount === 0 ? "Nobody yet. Open a link session with the API, or add a device below." : "Nothing fits the search."}</p>`}
${users.map((user) => userView(user, chosen?.id, forms))}
</section>`;
}

function userView({ id, accounts, devices }: UserView, chosenId: string | undefined, forms: Forms) {
  return html`<article class="user" id="user-${id}" data-group tabindex="-1" aria-label="User ${id}">
<header><h3>${id}</h3>
<div class="accounts-of">${accounts.map((account) => accountView(id, account, forms))}</div></header>
${devices.length === 0 && html`<p class="hint">No devices</p>`}
<div class="devices">
${devices.map((device) => deviceView(device, device.id === chosenId, forms))}</div>
</article>
`;
}

function accountView(userId: string, { vendor, isValid }: AccountView, forms: Forms): Html {
  if (!isValid)
    return html`<span class="badge"><span class="bad">${vendor}: signed out</span></span>`;
  return html`${formStart(forms)}${hidden("user", userId)}${hidden("vendor", vendor)}
<span class="badge">${vendor}</span><button class="quiet" name="do" value="invalidate" aria-label="Invalidate credentials of ${userId} at ${vendor}">Invalidate credentials</button></form>
`;
}

function deviceView(device: DeviceView, isChosen: boolean, forms: Forms): Html {
  const { id, userId, kind, name, state, mood, level, power, facts } = device;
  const address = linkTo(new URLSearchParams(forms.back), { device: id });
  return html`<article class="device${isChosen && " chosen"}" id="device-${id}" data-group tabindex="-1" aria-label="${name} of ${userId}">
<header><h4>${name}<small>${kind}</small></h4><span class="state ${mood}">${state}</span></header>
${level !== null && html`<meter min="0" max="100" value="${level}" aria-label="Battery level">${level} %</meter>`}
<dl class="facts">${level !== null && fact("Battery", `${level} %`)}${
    power !== null && fact("Power", `${Math.round(power * 100) / 100} kW`)
  }${facts.map(([label, value]) => fact(label, value))}</dl>
${formStart(forms)}${hidden("device", id)}
${buttonsOf(device).map(
  ([command, label]) => html`<button class="quiet" name="do" value="${command}">${label}</button>
`,
)}</form>
<a href="${address}#chart" ${isChosen && html`aria-current="true"`}>Chart<span class="unseen"> of ${name} of ${userId}</span></a>
<small><code>${id}</code></small>
</article>
`;
}

function buttonsOf(device: DeviceView): (readonly [command: string, label: string])[] {
  const { isPluggedIn, isCharging, isReachable, isAccountValid, kind } = device;
  const buttons: (readonly [string, string])[] = [];
  if (isPluggedIn !== null) {
    buttons.push(isPluggedIn ? ["unplug", "Unplug"] : ["plug-in", "Plug in"]);
    if (isPluggedIn) {
      buttons.push(isCharging ? ["stop", "Stop charging"] : ["start", "Start charging"]);
    }
  }
  if (kind === "vehicle") buttons.push(["drive", "Drive 50 km"]);
  // Without credentials the device is out of reach in any case.
  if (isAccountValid)
    buttons.push(isReachable ? ["offline", "Take offline"] : ["online", "Bring online"]);
  return buttons;
}

function fact(label: string, value: Piece): Html {
  return html`<div><dt>${label}</dt><dd>${value}</dd></div>`;
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
