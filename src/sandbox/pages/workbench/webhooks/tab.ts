import type { DeliveryEntry } from "../../../webhooks/delivery-log.ts";
import type { PagesContext } from "../../shared/context.ts";
import { type Html, html } from "../../shared/html.ts";
import { selectEntries } from "../shared/log-selection.ts";
import type { Command, OpenTab, Tab, TabRequest, TabView } from "../shared/tab.ts";
import { webhookCommands } from "./commands.ts";
import { deliveryView, unknownDeliveryView } from "./detail.ts";
import { deliveryFilter } from "./filter.ts";
import { filterView, listView } from "./list.ts";
import { ManualDeliveries } from "./manual-deliveries.ts";
import { panelView } from "./panel.ts";
import { sendView } from "./send-form.ts";

/** The webhooks, and their deliveries with what went over the wire. */
export class WebhooksTab implements Tab {
  readonly id = "webhooks";
  readonly title = "Webhooks";
  readonly commands: Readonly<Record<string, Command>>;
  readonly #context: PagesContext;
  readonly #manual = new ManualDeliveries();

  constructor(context: PagesContext) {
    this.#context = context;
    this.commands = webhookCommands(context, this.#manual);
  }

  open(request: TabRequest): OpenTab {
    const { query, forms } = request;
    const { world, webhooks } = this.#context;
    // Read once: the forms keep what is chosen and typed in them.
    const states = webhooks.states();
    const filters = filterView(query, states);
    const send = query.has("send") && sendView(world, states, query, forms);
    return {
      view: (): TabView => {
        const panel = this.#panel(request);
        const list = this.#list(query);
        const detail = this.#detail(request);
        return {
          parts: new Map([
            ["webhooks", panel],
            ["deliveries", list],
            ["delivery", detail],
          ]),
          main: html`${panel}${send}${filters}<div class="log">${detail}${list}</div>`,
        };
      },
    };
  }

  #panel({ query, forms }: TabRequest): Html {
    const { world, webhooks } = this.#context;
    const panel = { states: webhooks.states(), underway: this.#manual.underway, now: world.now() };
    return panelView(panel, query, forms);
  }

  #list(query: URLSearchParams): Html {
    const { sandbox, deliveryRecordings: recordings } = this.#context;
    const fits = deliveryFilter(query);
    const selection = selectEntries(sandbox.deliveries.list(), query, (entry) =>
      fits({ entry, exchange: recordings.get(entry.number) }),
    );
    return listView(query, selection, (number) => recordings.get(number));
  }

  /** The open delivery; an element without content when there is none. */
  #detail({ query, forms }: TabRequest): Html {
    const number = query.get("delivery");
    if (number === null) return html`<div id="delivery" data-part hidden></div>`;
    const entries = this.#context.sandbox.deliveries.list();
    const entry = entries.find((each) => `${each.number}` === number);
    const content =
      entry === undefined
        ? unknownDeliveryView(number, query)
        : deliveryView(this.#openDelivery(entry, entries), query, forms);
    return html`<section class="panel detail" id="delivery" data-part aria-labelledby="delivery-title">${content}</section>`;
  }

  #openDelivery(entry: DeliveryEntry, entries: readonly DeliveryEntry[]) {
    const { deliveryRecordings: recordings, world } = this.#context;
    return {
      entry,
      exchange: recordings.get(entry.number),
      attempts: entries.filter(
        ({ webhookId, deliveryId }) =>
          webhookId === entry.webhookId && deliveryId === entry.deliveryId,
      ),
      isRecording: recordings.isOn,
      now: world.now(),
    };
  }
}
