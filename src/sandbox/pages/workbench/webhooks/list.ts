import type { RecordedExchange } from "../../../shared/recordings.ts";
import type { DeliveryEntry } from "../../../webhooks/delivery-log.ts";
import type { WebhookState } from "../../../webhooks/webhook-registry.ts";
import { type Html, html } from "../../shared/html.ts";
import { filterForm, linkHere, logControls } from "../shared/log-controls.ts";
import type { Selection } from "../shared/log-selection.ts";
import { logTable, statusView, timeOf } from "../shared/log-table.ts";
import { counted } from "../shared/numbers.ts";
import { shownUrl } from "../shared/shown-url.ts";
import { eventNames } from "./event-sample.ts";
import { oddityOf } from "./payload.ts";

/** The form of filters above the list. */
export function filterView(query: URLSearchParams, states: readonly WebhookState[]): Html {
  const [webhook, event] = [query.get("webhook"), query.get("event")];
  const fields = html`<span class="field"><label for="filter-webhook">Webhook</label>
<select id="filter-webhook" name="webhook"><option value="">any</option>${states.map(
    ({ webhook: { id, url } }) =>
      html`<option value="${id}"${id === webhook && html` selected`}>${shownUrl(url)}</option>`,
  )}</select></span>
<span class="field"><label for="filter-event">Event</label>
<select id="filter-event" name="event"><option value="">any</option>${eventNames.map(
    (name) => html`<option${name === event && html` selected`}>${name}</option>`,
  )}</select></span>`;
  return filterForm(query, "webhooks", "Filter of deliveries", fields);
}

/** The list of attempts to deliver. */
export function listView(
  query: URLSearchParams,
  selection: Selection<DeliveryEntry>,
  exchangeOf: (number: number) => RecordedExchange | undefined,
): Html {
  return html`<section class="panel" id="deliveries" data-part aria-labelledby="deliveries-title">
<header><h2 id="deliveries-title">Deliveries</h2>${logControls(query, selection)}</header>
${logTable(
  "deliveries-title",
  ["Time", "Delivery", "Answer"],
  selection.shown.map((entry) => rowView(entry, exchangeOf(entry.number), query)),
  selection.kept > 0 ? "No delivery fits." : "No delivery yet.",
)}</section>`;
}

/** The events of a delivery in a few words. */
export function titleOf({ events, eventNames: names }: DeliveryEntry): string {
  const [first] = names;
  if (first === undefined) return counted(events, "event");
  if (names.length > 1) return `${counted(events, "event")}: ${first}, …`;
  return events === 1 ? first : `${counted(events, "event")}: ${first}`;
}

function rowView(
  entry: DeliveryEntry,
  exchange: RecordedExchange | undefined,
  query: URLSearchParams,
): Html {
  const { number, at, url, status, reason, attempt, isEdited } = entry;
  const isOpen = query.get("delivery") === `${number}`;
  return html`<tr><td>${timeOf(at)}</td>
<td><a href="${linkHere(query, { delivery: `${number}`, send: null, device: null })}#delivery"${isOpen && html` aria-current="true"`}>${titleOf(entry)}</a>${attempt > 1 && `, attempt ${attempt}`}${isEdited && editedView(exchange)}<small>${url}</small></td>
<td>${statusView(status)}${reason !== null && html`<small class="warn">${reason}</small>`}</td></tr>
`;
}

function editedView(exchange: RecordedExchange | undefined): Html {
  const isInvalid = exchange !== undefined && oddityOf(exchange.request.body ?? "") !== null;
  return html` <strong class="warn">edited${isInvalid && ", invalid"}</strong>`;
}
