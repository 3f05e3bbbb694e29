import type { RequestEntry } from "../../../app/request-log.ts";
import type { PagesContext } from "../../shared/context.ts";
import { type Html, html } from "../../shared/html.ts";
import { logTable, statusView, timeOf } from "../shared/log-table.ts";
import type { OpenTab, Tab, TabView } from "../shared/tab.ts";

const MOST = 30;

/** The requests to the API. */
export class RequestsTab implements Tab {
  readonly id = "requests";
  readonly title = "Requests";
  readonly commands = {};
  readonly #context: PagesContext;

  constructor(context: PagesContext) {
    this.#context = context;
  }

  open(): OpenTab {
    return { view: () => this.#view() };
  }

  #view(): TabView {
    const requests = requestsView(this.#context.sandbox.requests.list());
    return { parts: new Map([["requests", requests]]), main: requests };
  }
}

function requestsView(entries: readonly RequestEntry[]): Html {
  const latest = entries.slice(-MOST).reverse();
  return html`<section class="panel" id="requests" data-part aria-labelledby="requests-title">
<header><h2 id="requests-title">Requests</h2></header>
${logTable(
  "requests-title",
  ["Time", "Request", "Answer"],
  latest.map(
    ({ at, method, path, operation, status, duration, fault }) =>
      html`<tr><td>${timeOf(at)}</td><td>${method} ${path}<small>${operation ?? "not in the API"}</small></td>
<td>${statusView(status)}${fault !== null && html`<small class="warn">Fault: ${fault}</small>`}<small>${Math.round(duration)} ms</small></td></tr>
`,
  ),
  "No request yet.",
)}</section>`;
}
