import type { PagesContext } from "../../../shared/context.ts";
import { type Html, html } from "../../../shared/html.ts";
import { codeView, copyButton } from "../../shared/code-view.ts";
import type { Forms } from "../../shared/forms.ts";
import { dayAndTime } from "../../shared/times.ts";
import { listAddress, userAddress } from "../shared/addresses.ts";
import type { DetailPage } from "../shared/detail-page.ts";
import { ownerButtons, ownerForm } from "../shared/device-row.ts";
import { missingPage } from "../shared/missing.ts";
import { amount } from "../shared/numbers.ts";
import { factsView, panel } from "../shared/panel.ts";
import { actionsView, takesActions } from "./actions.ts";
import { schedulesView, smartChargingView } from "./automation.ts";
import { callsView } from "./calls.ts";
import { editView } from "./edit.ts";
import { abilitiesView, interventionsView, locationView } from "./facts.ts";
import { failNextView } from "./fail-next.ts";
import { type DeviceState, readDevice } from "./state.ts";

/** The page of a device: live parts, with forms between them whose fields keep what is typed. */
export function devicePage(
  context: PagesContext,
  id: string,
  chart: Html,
  forms: Forms,
): DetailPage {
  const state = readDevice(context, id);
  if (state === undefined) return missingPage("device", id, forms);
  const { view, locations } = state;
  const [head, details] = [headView(state, forms), detailsView(state, context.apiUrl)];
  return {
    parts: new Map([
      ["device", head],
      ["chart", chart],
      ["device-details", details],
    ]),
    content: html`${head}${chart}${editView(view, locations, forms)}${takesActions(view.kind) && failNextView(id, forms)}${details}`,
  };
}

/** What a device is, how it is, and what its owner can do. */
function headView({ view, wire }: DeviceState, forms: Forms): Html {
  const { id, userId, kind, name, state, mood, level, power, facts } = view;
  return html`<section class="panel" id="device" data-part data-group tabindex="-1" aria-labelledby="device-title">
<a class="back" href="${listAddress(forms.back)}">All devices</a>
<header><h2 id="device-title">${name}</h2><span class="state ${mood}">${state}</span></header>
<p class="hint">${kind} at ${wire.vendor} of <a href="${userAddress(forms.back, userId)}">${userId}</a>, <code>${id}</code></p>
${level !== null && html`<meter min="0" max="100" value="${level}" aria-label="Battery level">${level} %</meter>`}
${factsView([
  ...(level === null ? [] : [["Battery", amount(level, "%")] as const]),
  ...(power === null ? [] : [["Power", amount(power, "kW")] as const]),
  ...facts,
  ["Last seen", dayAndTime(Date.parse(wire.lastSeen))],
])}${ownerForm(view, ownerButtons(view), forms)}
</section>
`;
}

/** All else about a device. */
function detailsView(state: DeviceState, apiUrl: string): Html {
  const { view, wire, resource, actions, schedules, smartCharging } = state;
  const path = `/${resource}/${view.id}`;
  return html`<div class="column" id="device-details" data-part>
${takesActions(view.kind) && panel("actions", "Actions", actionsView(actions))}
${panel("schedules", "Schedules", schedulesView(schedules))}
${"smartChargingPolicy" in wire && smartCharging !== null && panel("smart", "Smart charging", smartChargingView(wire.smartChargingPolicy, smartCharging))}
${panel("interventions", "Interventions", interventionsView(state.interventions))}
${panel("location", "Location", locationView(state))}
${panel("statistics", "Statistics", state.statistics.length > 0 && factsView(state.statistics))}
${panel("abilities", "Capabilities and scopes", abilitiesView(wire))}
${panel(
  "json",
  "As the API gives it",
  html`${copyButton("device-json", "The device as JSON")}
${codeView("device-json", "The device as JSON", JSON.stringify(wire, null, 2))}
${callsView(apiUrl + path, view.kind, view.id)}`,
)}
</div>
`;
}
