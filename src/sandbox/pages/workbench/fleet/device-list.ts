import { type Html, html } from "../../shared/html.ts";
import { type Forms, linkTo } from "../shared/forms.ts";
import { counted } from "../shared/numbers.ts";
import { startCard } from "./adding/start-card.ts";
import { isFiltered } from "./query.ts";
import { userAddress } from "./shared/addresses.ts";
import { deviceRow } from "./shared/device-row.ts";
import { tidy } from "./shared/numbers.ts";
import type { FleetState, UserView } from "./state.ts";

export function devicesView(state: FleetState, forms: Forms): Html {
  const { users, userCount } = state;
  const isEmpty = userCount === 0;
  return html`<section class="panel" id="devices" data-part aria-labelledby="devices-title">
<header><h2 id="devices-title">Users and devices</h2>
<p class="hint">${countsOf(state)}</p></header>
${isEmpty && startCard(forms)}
${!isEmpty && users.length === 0 && html`<p>Nothing fits. <a href="/?tab=fleet">Show all</a></p>`}
${users.map((user) => userView(user, state, forms))}
${pagesView(state, forms)}
</section>`;
}

/** Such as `12 of 100,000 devices fit`. */
function countsOf(state: FleetState): string {
  const { count: fitting, isPartial, userCount, deviceCount } = state;
  if (!isFiltered(state.query))
    return `${counted(userCount, "user")}, ${counted(deviceCount, "device")}`;
  const fits = `${tidy(fitting)} of ${counted(deviceCount, "device")} ${fitting === 1 ? "fits" : "fit"}`;
  return isPartial ? `At least ${fits}: there are too many to look at each` : fits;
}

function userView({ id, signedOut, devices }: UserView, { query }: FleetState, forms: Forms): Html {
  return html`<div class="user" role="group" id="group-${id}" data-group tabindex="-1" aria-label="User ${id}">
<h3><a href="${userAddress(forms.back, id)}"${id === query.userId && html` aria-current="true"`}>${id}</a>${signedOut.map((vendor) => html` <span class="badge bad">${vendor}: signed out</span>`)}</h3>
${devices.length === 0 && html`<p class="hint">No devices</p>`}
${devices.map((device) => deviceRow(device, { prefix: "row", isChosen: device.id === query.deviceId }, forms))}
</div>
`;
}

function pagesView({ query: { page }, pages }: FleetState, forms: Forms): Html | null {
  if (pages === 1 && page === 1) return null;
  const to = (number: number) =>
    linkTo(new URLSearchParams(forms.back), { page: number === 1 ? null : String(number) });
  return html`<nav class="pages" aria-label="Pages">
${page > 1 && html`<a href="${to(1)}">First</a> <a href="${to(Math.min(page - 1, pages))}" rel="prev">Previous</a>`}
<span>Page ${tidy(page)} of ${tidy(pages)}</span>
${page < pages && html`<a href="${to(page + 1)}" rel="next">Next</a> <a href="${to(pages)}">Last</a>`}
</nav>`;
}
