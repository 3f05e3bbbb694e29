import type { PagesContext } from "../shared/context.ts";
import { type Html, html } from "../shared/html.ts";
import { shownUrl } from "./shared/shown-url.ts";

/** What a developer has to know on every tab. */
export interface Alerts {
  /** The webhooks that get nothing more, with their addresses as pages show them. */
  readonly inactive: readonly { readonly id: string; readonly address: string }[];
  /** What goes wrong on purpose, by title. */
  readonly faults: readonly string[];
  /** The scenarios that run, by name. */
  readonly scenarios: readonly string[];
}

// What fits beside the clock.
const MOST_CHIPS = 4;
const MOST_ADDRESSES = 2;

export function readAlerts({ sandbox, webhooks }: PagesContext): Alerts {
  return {
    inactive: webhooks
      .states()
      .filter(({ webhook }) => !webhook.isActive)
      .map(({ webhook: { id, url } }) => ({ id, address: shownUrl(url) })),
    faults: sandbox.faults.list().map(({ title }) => title),
    scenarios: sandbox.scenarios.list().map(({ scenario }) => scenario.name),
  };
}

/** The alerts as links to where something can be done about them. The title of the window follows `data-title`. */
export function alertsView(alerts: Alerts, title: string): Html {
  const { inactive, faults, scenarios } = alerts;
  const chips = [...faults, ...scenarios];
  const more = chips.length - MOST_CHIPS;
  return html`<ul id="alerts" data-part class="alerts" aria-label="Alerts" data-title="${titleWith(alerts, title)}">
${inactive.length > 0 && html`<li><a class="alert" href="/?tab=webhooks">${webhooksInactive(inactive.length)}: ${addressesOf(inactive)}</a></li>`}
${chips.slice(0, MOST_CHIPS).map((chip) => html`<li><a class="chip" href="/?tab=faults">${chip}</a></li>`)}
${more > 0 && html`<li><a class="chip" href="/?tab=faults">and ${more} more</a></li>`}</ul>`;
}

/** The title of the window, with what has failed before it: of a narrow tab of the browser only the start is seen. */
export function titleWith({ inactive }: Alerts, title: string): string {
  return inactive.length === 0 ? title : `(${webhooksInactive(inactive.length)}) ${title}`;
}

/** What has become worse, for screen readers. */
export function alertNews(before: Alerts, now: Alerts): string[] {
  return now.inactive
    .filter(({ id }) => !before.inactive.some((known) => known.id === id))
    .map(({ address }) => `The webhook ${address} is inactive`);
}

function addressesOf(inactive: Alerts["inactive"]): string {
  const more = inactive.length - MOST_ADDRESSES;
  const shown = inactive.slice(0, MOST_ADDRESSES).map(({ address }) => address);
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(", ");
}

function webhooksInactive(count: number): string {
  return count === 1 ? "1 webhook inactive" : `${count} webhooks inactive`;
}
