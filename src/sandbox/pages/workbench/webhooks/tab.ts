import type { DeliveryEntry } from "../../../webhooks/delivery-log.ts";
import type { PagesContext } from "../../shared/context.ts";
import { type Html, html } from "../../shared/html.ts";
import { logTable, statusView, timeOf } from "../shared/log-table.ts";
import type { OpenTab, Tab, TabView } from "../shared/tab.ts";

const MOST = 30;

/** The webhooks and their deliveries. */
export class WebhooksTab implements Tab {
  readonly id = "webhooks";
  readonly title = "Webhooks";
  readonly commands = {};
  readonly #context: PagesContext;

  constructor(context: PagesContext) {
    this.#context = context;
  }

  open(): OpenTab {
    return { view: () => this.#view() };
  }

  #view(): TabView {
    const deliveries = deliveriesView(this.#context.sandbox.deliveries.list());
    return { parts: new Map([["deliveries", deliveries]]), main: deliveries };
  }
}

function deliveriesView(entries: readonly DeliveryEntry[]): Html {
  const latest = entries.slice(-MOST).reverse();
  return html`<section class="panel" id="deliveries" data-part aria-labelledby="deliveries-title">
<header><h2 id="deliveries-title">Webhook deliveries</h2></header>
${logTable(
  "deliveries-title",
  ["Time", "Delivery", "Answer"],
  latest.map(
    ({ at, deliveryId, events, status, reason, attempt }) =>
      html`<tr><td>${timeOf(at)}</td><td>${events === 1 ? "1 event" : `${events} events`}${attempt > 1 && `, attempt ${attempt}`}<small><code>${deliveryId}</code></small></td>
<td>${statusView(status)}${reason !== null && html`<small class="warn">${reason}</small>`}</td></tr>
`,
  ),
  "No delivery yet: create a webhook through the API.",
)}</section>`;
}
