import { operationForms } from "../../../../../generated/operation-forms.ts";
import { type OperationId, operations } from "../../../../../generated/operations.ts";
import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";

const all = Object.entries(operationForms) as [OperationId, (typeof operationForms)[OperationId]][];

/** All operations by group, or those that fit a search. */
export function operationList(search: string): Html {
  const wanted = search.trim().toLowerCase();
  const found = all.filter(([id, { group, summary }]) =>
    `${id} ${group} ${summary} ${operations[id].method} ${operations[id].path}`
      .toLowerCase()
      .includes(wanted),
  );
  const groups = [...new Set(found.map(([, { group }]) => group))];
  return html`<section class="panel" id="operations" aria-labelledby="operations-title">
<header><h2 id="operations-title">Try it</h2><p class="hint">${found.length} of ${all.length} operations</p></header>
<form method="get" action="/" role="search" class="row search">${hidden("tab", "connect")}
<label for="find">Search operations</label><input id="find" name="find" type="search" value="${search}" autocomplete="off">
<button class="quiet">Search</button>${wanted !== "" && html` <a href="/?tab=connect#operations">Show all</a>`}</form>
${found.length === 0 && html`<p class="hint">No operation fits “${search}”.</p>`}
${groups.map((group) => {
  const entries = found.filter(([, form]) => form.group === group);
  return html`<details${wanted !== "" && html` open`}><summary>${group} <span class="badge">${entries.length}</span></summary>
<ul class="operations">${entries.map(
    ([id, { summary }]) =>
      html`<li><a href="/?tab=connect&amp;operation=${id}">${id}</a><small>${operations[id].method} ${operations[id].path}: ${summary}</small></li>
`,
  )}</ul></details>
`;
})}</section>`;
}
