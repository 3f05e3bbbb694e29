import type { RequestEntry } from "../../app/request-log.ts";
import type { DeliveryEntry } from "../../webhooks/delivery-log.ts";
import { type Html, html, type Piece } from "../shared/html.ts";
import { dayAndTime } from "./times.ts";

const MOST = 30;

export function requestsView(entries: readonly RequestEntry[]): Html {
  const latest = entries.slice(-MOST).reverse();
  return html`<section class="panel" id="requests" data-part aria-labelledby="requests-title">
<header><h2 id="requests-title">Requests</h2></header>
${table(
  "requests-title",
  ["Time", "Request", "Answer"],
  latest.map(
    ({ at, method, path, operation, status, duration, fault }) =>
      html`<tr><td>${timeOf(at)}</td><td>${method} ${path}<small>${operation ?? "not in the API"}</small></td>
<td>${statusOf(status)}${fault !== null && html`<small class="warn">Fault: ${fault}</small>`}<small>${Math.round(duration)} ms</small></td></tr>
`,
  ),
  "No request yet.",
)}</section>`;
}

export function deliveriesView(entries: readonly DeliveryEntry[]): Html {
  const latest = entries.slice(-MOST).reverse();
  return html`<section class="panel" id="deliveries" data-part aria-labelledby="deliveries-title">
<header><h2 id="deliveries-title">Webhook deliveries</h2></header>
${table(
  "deliveries-title",
  ["Time", "Delivery", "Answer"],
  latest.map(
    ({ at, deliveryId, events, status, reason, attempt }) =>
      html`<tr><td>${timeOf(at)}</td><td>${events === 1 ? "1 event" : `${events} events`}${attempt > 1 && `, attempt ${attempt}`}<small><code>${deliveryId}</code></small></td>
<td>${statusOf(status)}${reason !== null && html`<small class="warn">${reason}</small>`}</td></tr>
`,
  ),
  "No delivery yet: create a webhook through the API.",
)}</section>`;
}

function table(title: string, columns: readonly string[], rows: readonly Piece[], empty: string) {
  if (rows.length === 0) return html`<p class="hint">${empty}</p>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="${title}">
<table><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

function statusOf(status: number | null): Html {
  if (status === null) return html`<strong class="bad">No answer</strong>`;
  return html`<strong class="${status < 400 ? "good" : "bad"}">${status}</strong>`;
}

function timeOf(at: string): string {
  return dayAndTime(Date.parse(at)).slice(11);
}
