import type { RequestEntry } from "../../../app/request-log.ts";
import type { RecordedExchange } from "../../../shared/recordings.ts";
import { type Html, html } from "../../shared/html.ts";
import { filterForm, linkHere, logControls } from "../shared/log-controls.ts";
import type { Selection } from "../shared/log-selection.ts";
import { logTable, statusView, timeOf } from "../shared/log-table.ts";

/** The form of filters above the list. */
export function filterView(query: URLSearchParams, operations: readonly string[]): Html {
  const operation = query.get("operation") ?? "";
  const names =
    operations.includes(operation) || operation === "" ? operations : [operation, ...operations];
  const fields = html`<span class="field"><label for="filter-operation">Operation</label>
<select id="filter-operation" name="operation"><option value="">any</option>${names.map(
    (name) => html`<option${name === operation && html` selected`}>${name}</option>`,
  )}</select></span>
<span class="field"><label for="filter-user">User</label><input id="filter-user" name="user" value="${query.get("user")}" autocomplete="off"></span>`;
  return filterForm(query, "requests", "Filter of requests", fields);
}

/** What a row shows besides the entry of the log. */
export interface RowDetails {
  readonly exchange: RecordedExchange | undefined;
  /** The user whom the request is about; undefined when it is about none or all. */
  readonly userId: string | undefined;
}

/** The list of requests. */
export function listView(
  query: URLSearchParams,
  selection: Selection<RequestEntry>,
  detailsOf: (entry: RequestEntry) => RowDetails,
): Html {
  return html`<section class="panel" id="requests" data-part aria-labelledby="requests-title">
<header><h2 id="requests-title">Requests</h2>${logControls(query, selection)}</header>
${logTable(
  "requests-title",
  ["Time", "Request", "Answer"],
  selection.shown.map((entry) => rowView(entry, detailsOf(entry), query)),
  selection.kept > 0
    ? "No request fits."
    : "No request yet: the tab Connect has what a program needs for its first one.",
)}</section>`;
}

function rowView(
  { number, at, method, path, operation, status, duration, fault }: RequestEntry,
  { exchange, userId }: RowDetails,
  query: URLSearchParams,
): Html {
  const isOpen = query.get("request") === `${number}`;
  return html`<tr><td>${timeOf(at)}</td>
<td><a href="${linkHere(query, { request: `${number}` })}#request"${isOpen && html` aria-current="true"`}>${method} ${exchange?.url ?? path}</a><small>${operation ?? "not in the API"}${userId !== undefined && ` of ${userId}`}</small></td>
<td>${statusView(status)}${fault !== null && html`<small class="warn">Fault: ${fault}</small>`}<small>${Math.round(duration)} ms</small></td></tr>
`;
}
