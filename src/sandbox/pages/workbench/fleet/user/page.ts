import type { UserRecord } from "../../../../simulation/world/world.ts";
import type { PagesContext } from "../../../shared/context.ts";
import { type Html, html } from "../../../shared/html.ts";
import { hidden } from "../../../shared/layout.ts";
import { type Forms, formStart, linkTo } from "../../shared/forms.ts";
import { counted } from "../../shared/numbers.ts";
import { dayAndTime } from "../../shared/times.ts";
import { listAddress } from "../shared/addresses.ts";
import type { DetailPage } from "../shared/detail-page.ts";
import { deviceRow } from "../shared/device-row.ts";
import { kindField } from "../shared/kind-field.ts";
import { missingPage } from "../shared/missing.ts";
import { amount } from "../shared/numbers.ts";
import { factsView, panel } from "../shared/panel.ts";
import { accountsView } from "./accounts.ts";
import { type PlaceView, readUser, type UserState } from "./state.ts";

const ROW = { prefix: "of-user", isChosen: false };

/**
 * The page of a user: live parts, and forms whose fields keep what is typed.
 *
 * @param homeChart Draws the home of a user who has one.
 */
export function userPage(
  context: PagesContext,
  id: string,
  homeChart: (user: UserRecord) => Html | null,
  forms: Forms,
): DetailPage {
  const state = readUser(context, id);
  if (state === undefined) return missingPage("user", id, forms);
  const user = userView(state, forms);
  const home = homeChart(state.record) ?? html`<div id="household" data-part></div>`;
  return {
    parts: new Map([
      ["user", user],
      ["household", home],
    ]),
    content: html`${user}${home}${linkView(id, forms)}${departureView(id, forms)}`,
  };
}

function linkView(userId: string, forms: Forms): Html {
  return html`<section class="panel" aria-labelledby="link-title">
<header><h3 id="link-title">Link an account</h3></header>
${formStart(forms)}${hidden("user", userId)}<div class="settings">
${kindField("link")}</div>
<button class="quiet" name="do" value="open-link" data-leaves>Open Link UI for this user</button></form></section>
`;
}

function userView(state: UserState, forms: Forms): Html {
  const { id, createdAt, systems, sessions, places } = state;
  return html`<div class="column" id="user" data-part>
<section class="panel" aria-labelledby="user-title">
<a class="back" href="${listAddress(forms.back)}">All devices</a>
<h2 id="user-title">User ${id}</h2>
<p class="hint">Since ${at(createdAt)}, ${counted(state.deviceCount, "device")}</p>
</section>
${panel("accounts", "Linked accounts", accountsView(state, forms))}
${panel("user-devices", "Devices", devicesView(state, forms))}
${panel("sessions", "Open link sessions", sessions.length > 0 && html`<ul class="records">${sessions.map(sessionView)}</ul>`)}
${panel("locations", "Locations and tariffs", places.length > 0 && html`<ul class="records">${places.map(placeView)}</ul>`)}
${panel("systems", "HEM systems", systems.length > 0 && html`<ul class="records">${systems.map(systemView)}</ul>`)}
</div>
`;
}

/** The forms that end a user; each takes a second step. */
function departureView(userId: string, forms: Forms): Html {
  return html`<section class="panel" aria-labelledby="departure-title">
<header><h3 id="departure-title">Leave</h3></header>
<details class="danger"><summary>Deauthorize…</summary>
${formStart(forms)}${hidden("user", userId)}
<p>All credentials are deleted. The devices stay, out of reach, until their vendors are linked again.</p>
<button class="bad" name="do" value="deauthorize-user">Deauthorize ${userId}</button></form></details>
<details class="danger"><summary>Delete…</summary>
${formStart(forms)}${hidden("user", userId)}
<p>The user is deleted with all devices and locations.</p>
<button class="bad" name="do" value="delete-user">Delete ${userId} for good</button></form></details></section>
`;
}

function devicesView({ id, devices, deviceCount }: UserState, forms: Forms): Html {
  if (deviceCount === 0) return html`<p class="hint">No devices</p>`;
  const all = linkTo(new URLSearchParams({ tab: "fleet" }), { q: id });
  return html`<div class="compact">${devices.map((device) => deviceRow(device, ROW, forms))}</div>
${devices.length < deviceCount && html`<p><a href="${all}">All ${counted(deviceCount, "device")}</a></p>`}`;
}

function sessionView({ kinds, vendor, linkUrl, expiresAt }: UserState["sessions"][number]): Html {
  return html`<li><a href="${new URL(linkUrl).pathname}">${vendor ?? kinds.join(", ")}</a>
<small>until ${dayAndTime(expiresAt)}</small></li>
`;
}

function placeView({ location, week, rates }: PlaceView): Html {
  const { id, name, latitude, longitude, timezoneName } = location;
  return html`<li title="${id}"><strong>${name}</strong> <span class="hint">${latitude.toFixed(4)}, ${longitude.toFixed(4)}, ${timezoneName ?? "UTC"}</span>
${
  week.length === 0
    ? html`<small>No tariff</small>`
    : html`<details><summary>Tariff: ${rates.map(({ name: rate, cost }) => `${rate} ${cost}`).join(", ")}</summary>
<table><thead><tr><th scope="col">Day</th><th scope="col">Hours</th><th scope="col">Rate</th></tr></thead><tbody>${week.map(
        (entry) =>
          html`<tr><td>${entry.weekday}</td><td>${entry.fromHourMinute} to ${entry.toHourMinute}</td><td>${entry.tariffName}</td></tr>`,
      )}</tbody></table></details>`
}</li>
`;
}

function systemView({ id, information, status }: UserState["systems"][number]): Html {
  const {
    generation,
    consumption,
    charge,
    discharge,
    import: drawn,
    export: fed,
  } = status.energy.today;
  const energy = (value: number | null) => (value === null ? "unknown" : amount(value, "kWh"));
  return html`<li title="${id}"><strong>${information.name}</strong> <span class="hint">${information.vendor}, today</span>
${factsView([
  ["Generated", energy(generation)],
  ["Used", energy(consumption)],
  ["Charged", energy(charge)],
  ["Discharged", energy(discharge)],
  ["Imported", energy(drawn)],
  ["Exported", energy(fed)],
])}</li>
`;
}

function at(time: string): string {
  return dayAndTime(Date.parse(time));
}
