import { type OperationField, operationForms } from "../../../../../generated/operation-forms.ts";
import { type OperationId, operations } from "../../../../../generated/operations.ts";
import type { PagesContext } from "../../shared/context.ts";
import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import { copyView } from "../shared/code-view.ts";
import { curlText, tokenText } from "../shared/curl.ts";
import { type Forms, formStart } from "../shared/forms.ts";
import { statusView } from "../shared/log-table.ts";
import { messageView } from "../shared/message-view.ts";
import { sdkCall } from "../shared/sdk-call.ts";
import { exampleBody } from "./example-body.ts";
import { knownIds } from "./known-ids.ts";
import { addressOf, type Call, fieldName } from "./try-it.ts";

/** The form of one operation, as it was sent last or prefilled with what is known. */
export function tryItView(
  context: PagesContext,
  {
    operation,
    query,
    sent,
  }: { operation: OperationId; query: URLSearchParams; sent: Call | undefined },
  forms: Forms,
): Html {
  const { summary, fields, body } = operationForms[operation];
  const { method, path } = operations[operation];
  const text = sent?.body ?? JSON.stringify(exampleBody(context, body ?? {}), null, 2);
  return html`<section class="panel" aria-labelledby="try-title">
<header><h2 id="try-title">${operation}</h2><a href="/?tab=connect#operations">All operations</a></header>
<p><code>${method} ${path}</code><br>${summary}</p>
${formStart(forms)}${hidden("do", "try")}${hidden("operation", operation)}
<div class="try-fields">${fields.map((field) => fieldView(context, field, sent?.values.get(fieldName(field)) ?? query.get(field.name)))}
${
  body !== undefined &&
  html`<p class="field"><label for="try-body">Body</label>
<textarea id="try-body" name="body" rows="${Math.min(24, text.split("\n").length + 1)}" spellcheck="false" autocomplete="off">
${text}</textarea></p>`
}</div>
<button>Send</button></form></section>`;
}

function fieldView(context: PagesContext, field: OperationField, given: string | null): Html {
  const { name, in: place, isRequired, values, example = "" } = field;
  const id = `try-${name}`;
  const isId = values === undefined && place === "path";
  const ids = isId ? knownIds(context, name) : [];
  const value = given ?? (isId ? (ids[0] ?? "") : "");
  const label = html`<label for="${id}">${name}${!isRequired && html` <span class="hint">optional</span>`}</label>`;
  const required = isRequired && html` required`;
  if (values !== undefined && (value === "" || values.includes(value))) {
    return html`<p class="field">${label}<select id="${id}" name="${fieldName(field)}"${required}><option value="">${isRequired ? "choose" : "any"}</option>${values.map(
      (each) => html`<option${each === value && html` selected`}>${each}</option>`,
    )}</select></p>`;
  }
  return html`<p class="field">${label}<input id="${id}" name="${fieldName(field)}" value="${value}" placeholder="${example}"${ids.length > 0 && html` list="${id}-known"`}${required} autocomplete="off">
${ids.length > 0 && html`<datalist id="${id}-known">${ids.map((each) => html`<option value="${each}">`)}</datalist>`}</p>`;
}

/** What came of a call. It is a live part: a body may come slowly. */
export function resultView(context: PagesContext, call: Call | undefined, number: number): Html {
  return html`<div id="try-result" data-part>${call !== undefined && answerView(context, call, number)}</div>`;
}

function answerView(
  { sandbox, requestRecordings, apiUrl }: PagesContext,
  call: Call,
  number: number,
): Html {
  const entry = sandbox.requests.list().findLast((each) => each.number === number);
  const recorded = requestRecordings.get(number);
  const { operation, body } = call;
  const address = addressOf(call);
  const { method } = operations[operation];
  const { pathname, searchParams } = new URL(address, apiUrl);
  const names = Array.from(
    operations[operation].path.matchAll(/\{(\w+)\}/g),
    ([, name = ""]) => name,
  );
  const path = Object.fromEntries(
    names.map((name) => [name, call.values.get(`path.${name}`) ?? ""]),
  );
  const headers = [
    // The text reads the token from a variable.
    ["authorization", ""],
    ...(body === null ? [] : [["content-type", "application/json"]]),
  ] as [string, string][];
  const curl = curlText({ method, url: apiUrl + address, headers, body });
  const withToken =
    "text" in curl ? { text: `${tokenText(`${apiUrl}/oauth2/token`)}\n${curl.text}` } : curl;
  return html`<section class="panel" aria-labelledby="result-title">
<header><h2 id="result-title">Answer ${statusView(entry?.status ?? null)}</h2><a href="/?tab=requests&amp;request=${number}">Request ${number}</a></header>
<p class="address">${method} ${pathname}${searchParams.size > 0 && `?${searchParams}`}</p>
${entry?.fault && html`<p class="warn">Fault: ${entry.fault}</p>`}
<div class="copies">${copyView("try-curl", "curl", withToken)}${copyView("try-sdk", "enode-sdk", sdkCall({ operation, path, query: searchParams, body }))}</div>
${recorded?.response ? messageView("try-answer", "Answer", recorded.response) : html`<p class="hint">No answer is kept.</p>`}</section>`;
}
