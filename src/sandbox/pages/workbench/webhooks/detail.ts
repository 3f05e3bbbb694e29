import { isCut } from "../../../shared/body-recorder.ts";
import type { RecordedExchange } from "../../../shared/recordings.ts";
import { lacksSecrets } from "../../../shared/redaction.ts";
import type { DeliveryEntry } from "../../../webhooks/delivery-log.ts";
import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import { copyView } from "../shared/code-view.ts";
import type { CopyText } from "../shared/copy-text.ts";
import { curlText } from "../shared/curl.ts";
import { durationText } from "../shared/durations.ts";
import { type Forms, formStart } from "../shared/forms.ts";
import { linkHere } from "../shared/log-controls.ts";
import { statusView } from "../shared/log-table.ts";
import { messageView } from "../shared/message-view.ts";
import { dayAndTime } from "../shared/times.ts";
import { titleOf } from "./list.ts";
import { eventsIn, oddityOf, type PayloadEvent } from "./payload.ts";

/** An attempt to deliver that is open. */
export interface OpenDelivery {
  readonly entry: DeliveryEntry;
  /** Undefined when it is not kept. */
  readonly exchange: RecordedExchange | undefined;
  /** All attempts of the same delivery, oldest first. */
  readonly attempts: readonly DeliveryEntry[];
  /** Whether the sandbox keeps recordings at all. */
  readonly isRecording: boolean;
  /** The simulated time. */
  readonly now: number;
}

/** One delivery with what went over the wire. */
export function deliveryView(open: OpenDelivery, query: URLSearchParams, forms: Forms): Html {
  const { entry, exchange } = open;
  const body = exchange?.request.body ?? "";
  const events = eventsIn(body);
  return html`${headerView(`${entry.number}`, query)}
<p><span class="address">${titleOf(entry)}</span> <small>POST ${entry.url}</small></p>
<dl class="properties">
<div><dt>Answer</dt><dd>${statusView(entry.status)}${entry.reason !== null && html`<small class="warn">${entry.reason}</small>`}</dd></div>
<div><dt>Time</dt><dd>${dayAndTime(Date.parse(entry.at))} UTC</dd></div>
<div><dt>Delivery ID</dt><dd><code>${entry.deliveryId}</code></dd></div>
<div><dt>Signature</dt><dd><code>${signatureIn(exchange) ?? "not kept"}</code></dd></div></dl>
${entry.isEdited && html`<p class="warn">Its body was edited by hand and sent as it is. ${oddityOf(body)}</p>`}
<h3 id="attempts-title">Attempts</h3><ol class="timeline" aria-labelledby="attempts-title">${open.attempts.map(
    (attempt) => attemptView(attempt, open, query),
  )}</ol>
${events.length > 0 && html`<h3 id="events-title">Events</h3><ol class="events" tabindex="0" aria-labelledby="events-title">${events.map(eventView)}</ol>`}
${exchange === undefined ? notKept(open) : recordedView(entry, exchange, forms)}`;
}

/** What is shown in place of a delivery that the log does not hold. */
export function unknownDeliveryView(number: string, query: URLSearchParams): Html {
  return html`${headerView(number, query)}
<p class="hint">The log holds no such delivery. It keeps the last 1,000 attempts of this sandbox, until its process ends.</p>`;
}

function headerView(number: string, query: URLSearchParams): Html {
  return html`<header><h2 id="delivery-title">Delivery ${number}</h2>
<a class="close" href="${linkHere(query, { delivery: null })}">Close</a></header>`;
}

function attemptView(
  { number, at, attempt, status, reason, nextAttemptAt }: DeliveryEntry,
  { entry, attempts, now }: OpenDelivery,
  query: URLSearchParams,
): Html {
  const isLast = attempts.at(-1)?.number === number;
  const next = isLast && nextAttemptAt !== null ? Date.parse(nextAttemptAt) - now : undefined;
  const name = `Attempt ${attempt}`;
  return html`<li>${number === entry.number ? html`<strong>${name}</strong>` : html`<a href="${linkHere(query, { delivery: `${number}` })}#delivery">${name}</a>`}
at ${dayAndTime(Date.parse(at))}: ${statusView(status)}${reason !== null && ` ${reason}`}${
    next !== undefined && html` <span class="warn">next try in ${durationText(next)}</span>`
  }</li>
`;
}

function eventView({ name, deviceId, userId }: PayloadEvent): Html {
  return html`<li>${name}${deviceId !== undefined && html` <code>${deviceId}</code>`}${userId !== undefined && html` of ${userId}`}</li>
`;
}

function recordedView(entry: DeliveryEntry, exchange: RecordedExchange, forms: Forms): Html {
  return html`<div class="copies">
${formStart(forms)}${hidden("do", "resend")}<button name="number" value="${entry.number}">Resend now</button></form>
${copyView("as-curl", "curl", deliveryAsCurl(exchange))}</div>
${messageView("sent", "Delivery", exchange.request)}
${
  exchange.response === null
    ? html`<p class="hint">There was no answer.</p>`
    : messageView("answer", "Answer of the endpoint", exchange.response)
}`;
}

/** The command of curl that makes this delivery, with the signature that fits its body. */
function deliveryAsCurl({ method, url, request }: RecordedExchange): CopyText {
  const { headers, body, size } = request;
  if (isCut(request)) {
    return {
      reason: "only the first 64 kB of the body are kept, which the signature does not fit.",
    };
  }
  if (body === null && size > 0) return { reason: "the body is not text, and is not kept." };
  if (body !== null && lacksSecrets(body)) {
    return { reason: "a secret in the body is not kept, so that the signature would not fit." };
  }
  return curlText({ method, url, headers, body });
}

function signatureIn(exchange: RecordedExchange | undefined): string | undefined {
  return exchange?.request.headers.find(([name]) => name === "x-enode-signature")?.[1];
}

function notKept({ isRecording, entry }: OpenDelivery): Html {
  if (!isRecording) {
    return html`<p class="hint">This sandbox keeps no headers and bodies. To see them, start it without <code>--no-bodies</code> or <code>bodies: false</code>.</p>`;
  }
  return entry.status === null && entry.reason !== null && !entry.reason.startsWith("The webhook")
    ? html`<p class="hint">A fault dropped it: nothing was sent.</p>`
    : html`<p class="hint">Its headers and body are no longer kept: the sandbox keeps those of the last 200 deliveries.</p>`;
}
