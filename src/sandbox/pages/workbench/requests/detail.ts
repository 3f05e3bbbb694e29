import type { RequestEntry } from "../../../app/request-log.ts";
import type { FaultPreset } from "../../../faults/presets.ts";
import type { RecordedExchange } from "../../../shared/recordings.ts";
import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import { copyView } from "../shared/code-view.ts";
import { type Forms, formStart } from "../shared/forms.ts";
import { linkHere } from "../shared/log-controls.ts";
import { statusView } from "../shared/log-table.ts";
import { messageView } from "../shared/message-view.ts";
import { dayAndTime } from "../shared/times.ts";
import { requestAsCurl, requestAsSdk } from "./copies.ts";

/** A request that is open. */
export interface OpenRequest {
  readonly entry: RequestEntry;
  /** Undefined when it is not kept. */
  readonly exchange: RecordedExchange | undefined;
  /** All attempts of the same call, oldest first. */
  readonly attempts: readonly RequestEntry[];
  /** Whether the sandbox keeps recordings at all. */
  readonly isRecording: boolean;
  readonly apiUrl: string;
  /** The faults that have names of their own. */
  readonly presets: readonly FaultPreset[];
}

/** One request with what went over the wire. */
export function requestView(open: OpenRequest, query: URLSearchParams, forms: Forms): Html {
  const { entry, exchange } = open;
  const { number, at, method, path, operation, status, duration, fault } = entry;
  return html`<header><h2 id="request-title">Request ${number}</h2>
<a class="close" href="${linkHere(query, { request: null })}">Close</a></header>
<p><code class="address">${method} ${exchange?.url ?? path}</code></p>
<dl class="properties">
<div><dt>Answer</dt><dd>${statusView(status)} after ${Math.round(duration)} ms</dd></div>
<div><dt>Operation</dt><dd>${operation ?? "not in the API"}</dd></div>
<div><dt>Time</dt><dd>${dayAndTime(Date.parse(at))} UTC</dd></div>
${fault !== null && faultView(fault, open.presets)}
${attemptsView(open, query)}</dl>
${exchange === undefined ? notKept(open.isRecording) : recordedView(open, exchange, forms)}`;
}

/** What is shown in place of a request that the log does not hold. */
export function unknownRequestView(number: string, query: URLSearchParams): Html {
  return html`<header><h2 id="request-title">Request ${number}</h2>
<a class="close" href="${linkHere(query, { request: null })}">Close</a></header>
<p class="hint">The log holds no such request. It keeps the last 1,000 of this sandbox, until its process ends.</p>`;
}

/** The fault that struck: a preset, or one that a program described. Several can strike together. */
function faultView(titles: string, presets: readonly FaultPreset[]): Html {
  const struck = presets.filter(({ title }) => titles.split(", ").includes(title));
  const about = struck.map(
    ({ id, description }) => html`<small>${description} Preset: ${id}.</small>`,
  );
  return html`<div><dt>Fault</dt><dd><a class="warn" href="/?tab=faults">${titles}</a>${
    struck.length > 0 ? about : html`<small>No preset: a fault of your own.</small>`
  }</dd></div>`;
}

function attemptsView({ entry, attempts }: OpenRequest, query: URLSearchParams): Html | false {
  if (attempts.length < 2) return false;
  const place = attempts.findIndex(({ number }) => number === entry.number) + 1;
  const links = attempts.map(({ number }, at) =>
    number === entry.number
      ? html`<li><strong>${number}</strong></li>`
      : html`<li><a href="${linkHere(query, { request: `${number}` })}#request" aria-label="Attempt ${at + 1}: request ${number}">${number}</a></li>`,
  );
  return html`<div><dt>Attempt</dt><dd>${place} of ${attempts.length} of the same call <ul class="attempts">${links}</ul></dd></div>`;
}

function recordedView(open: OpenRequest, exchange: RecordedExchange, forms: Forms): Html {
  const { entry, apiUrl } = open;
  return html`<div class="copies">
${entry.operation !== "token" && html`${formStart(forms)}${hidden("do", "send-again")}<button name="number" value="${entry.number}">Send again</button></form>`}
${copyView("as-curl", "curl", requestAsCurl(exchange, apiUrl))}
${copyView("as-sdk", "enode-sdk", requestAsSdk(entry, exchange))}</div>
${messageView("sent", "Request", exchange.request)}
${
  exchange.response === null
    ? html`<p class="hint">There was no answer.</p>`
    : messageView("answer", "Answer", exchange.response)
}`;
}

function notKept(isRecording: boolean): Html {
  return isRecording
    ? html`<p class="hint">Its headers and bodies are no longer kept: the sandbox keeps those of the last 200 requests. Make the request again to see them.</p>`
    : html`<p class="hint">This sandbox keeps no headers and bodies. To see them, start it without <code>--no-bodies</code> or <code>bodies: false</code>.</p>`;
}
