// All cars of a user.
import type { Car } from "../cars.ts";
import { type Html, html } from "./html.ts";
import type { Page } from "./layout.ts";
import { ago, amount, brandName, UNKNOWN } from "./text.ts";

/** What the page shows. */
export interface FleetView {
  readonly cars: readonly Car[];
  /** Vendors whose accounts work no longer. */
  readonly signedOut: readonly string[];
  readonly now: Date;
}

/** The page of all cars. */
export function fleetPage({ cars, signedOut, now }: FleetView): Page {
  return {
    title: "Cars",
    content: html`<div class="title"><h1>Cars</h1>
<form method="post" action="/link"><button class="primary">Link a car</button></form></div>
${signedOut.map(relinkView)}
${cars.length === 0 ? emptyView() : tableView(cars, now)}`,
  };
}

function emptyView(): Html {
  return html`<section class="card empty"><h2>No cars yet</h2>
<p>Link the account that you have with the maker of your car. Its cars appear here, and stay up to date by themselves.</p></section>`;
}

/** Asks for a sign-in at a maker whose account works no longer. */
export function relinkView(vendor: string): Html {
  return html`<form class="alert" method="post" action="/link">
<p><strong>Sign in to ${brandName(vendor)} again.</strong> Until then its cars cannot be reached.</p>
<button name="vendor" value="${vendor}">Sign in</button></form>`;
}

const HEADS = ["Car", "Battery", "Cable", "Charging", "Connection", "Updated"] as const;

// On a phone rows become cards, which would take the table from screen readers: hence the roles.
function tableView(cars: readonly Car[], now: Date): Html {
  return html`<div class="card"><table class="fleet" role="table" aria-label="Your cars">
<thead role="rowgroup"><tr role="row">${HEADS.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${cars.map((car) => rowView(car, now))}</tbody>
</table></div>`;
}

function rowView({ id, name, model, vehicle, observedAt }: Car, now: Date): Html {
  const { chargeState: state, isReachable } = vehicle ?? {};
  const cells: readonly (Html | string)[] = [
    vehicle === undefined
      ? "connecting…"
      : levelView(state?.batteryLevel ?? null, state?.chargeLimit ?? null),
    state?.isPluggedIn == null ? UNKNOWN : state.isPluggedIn ? "Plugged in" : "Unplugged",
    state?.isCharging
      ? html`<span class="charging">${amount(state.chargeRate, "kW", 1)}</span>`
      : UNKNOWN,
    isReachable == null
      ? UNKNOWN
      : isReachable
        ? html`<span class="good">Online</span>`
        : html`<span class="bad">Out of reach</span>`,
    ago(observedAt, now),
  ];
  return html`<tr id="car-${id}" role="row"><th role="rowheader" scope="row"><a href="/cars/${id}">${name}</a>${model !== name && html`<small>${model}</small>`}</th>${cells.map(
    (cell, at) => html`<td role="cell" data-head="${HEADS[at + 1]}">${cell}</td>`,
  )}</tr>`;
}

/** A battery level as a bar with its number. */
export function levelView(level: number | null, limit: number | null): Html {
  if (level === null) return html`${UNKNOWN}`;
  return html`<span class="level"><svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">
<rect class="track" width="100" height="12"/><rect class="${level < 20 ? "low" : "filled"}" width="${level}" height="12"/>${
    limit !== null && limit < 100 && html`<rect class="limit" x="${limit}" width="1" height="12"/>`
  }</svg>${amount(level, "%", 1)}</span>`;
}
