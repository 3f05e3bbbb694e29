import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import { linkTo } from "./forms.ts";
import { numberIn, type Selection } from "./log-selection.ts";
import { count } from "./numbers.ts";

/** The address of the page with other members in its query, and without the message of a command. */
export function linkHere(
  query: URLSearchParams,
  changes: Readonly<Record<string, string | null>>,
): string {
  return linkTo(query, { note: null, ...changes });
}

/** How many entries are shown, with links that clear the list, hold it, and turn its pages. */
export function logControls(
  query: URLSearchParams,
  { shown, fitting, kept, newest, hasOlder }: Selection<{ readonly number: number }>,
): Html {
  const last = shown.at(-1);
  const after = numberIn(query, "after");
  const link = (changes: Readonly<Record<string, string | null>>, text: string) =>
    html`<li><a href="${linkHere(query, changes)}">${text}</a></li>`;
  return html`<p class="hint">${count(shown.length)} of ${count(fitting)} shown, ${count(kept)} kept${after !== undefined && `, after number ${after}`}</p>
<ul class="controls">${
    after === undefined
      ? link({ after: `${newest}`, before: null, until: null }, "Clear")
      : link({ after: null, before: null }, "Show earlier ones")
  }${
    numberIn(query, "until") === undefined
      ? link({ until: `${newest}` }, "Pause")
      : link({ until: null, before: null }, "Resume")
  }${numberIn(query, "before") !== undefined && link({ before: null }, "Newest")}${
    hasOlder && last !== undefined && link({ before: `${last.number}` }, "Older")
  }</ul>`;
}

/** The form of filters above a list: failures, what only this list has, and a text. The rest of the query stays. */
export function filterForm(query: URLSearchParams, tab: string, label: string, fields: Html): Html {
  const after = numberIn(query, "after");
  return html`<form class="panel filters" method="get" action="/" aria-label="${label}">${hidden("tab", tab)}${after !== undefined && hidden("after", `${after}`)}
<label class="check"><input type="checkbox" name="failed" value="1"${query.has("failed") && html` checked`}> Failed only</label>
${fields}
<span class="field"><label for="filter-text">Text</label><input id="filter-text" name="text" type="search" value="${query.get("text")}" autocomplete="off"></span>
<span class="row"><button class="quiet">Filter</button><a href="/?tab=${tab}">Reset</a></span></form>`;
}
