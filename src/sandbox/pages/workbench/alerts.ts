import type { PagesContext } from "../shared/context.ts";
import { type Html, html } from "../shared/html.ts";

/** What a developer has to know on every tab. */
export interface Alerts {
  /** The URLs of webhooks that get nothing more. */
  readonly inactive: readonly string[];
  /** What goes wrong on purpose, by title. */
  readonly faults: readonly string[];
  /** The scenarios that run, by name. */
  readonly scenarios: readonly string[];
}

// What fits beside the clock.
const MOST_CHIPS = 4;

export function readAlerts({ sandbox, webhooks }: PagesContext): Alerts {
  const { data } = webhooks.page(new URLSearchParams());
  return {
    inactive: data.filter(({ isActive }) => !isActive).map(({ url }) => url),
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
${inactive.length > 0 && html`<li><a class="alert" href="/?tab=webhooks">${webhooksInactive(inactive.length)}: ${inactive.join(", ")}</a></li>`}
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
    .filter((url) => !before.inactive.includes(url))
    .map((url) => `The webhook ${url} is inactive`);
}

function webhooksInactive(count: number): string {
  return count === 1 ? "1 webhook inactive" : `${count} webhooks inactive`;
}
