import type { World } from "../../../simulation/world/world.ts";
import type { WebhookState } from "../../../webhooks/webhook-registry.ts";
import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import { type Forms, formStart } from "../shared/forms.ts";
import { linkHere } from "../shared/log-controls.ts";
import { shownUrl } from "../shared/shown-url.ts";
import { deviceIn, eventNames, kindOf, sampleEvent } from "./event-sample.ts";

/** How many devices are offered: any other is named by its ID. */
const MOST_OFFERED = 50;

/** The form that sends an event by hand: its name and subject are chosen by the address, then its body is edited. */
export function sendView(
  world: World,
  states: readonly WebhookState[],
  query: URLSearchParams,
  forms: Forms,
): Html {
  const name = query.get("send") ?? "";
  const kind = kindOf(name);
  const offered = kind === undefined ? [] : world.lists.of(kind).all().slice(0, MOST_OFFERED);
  const subject = query.get("device") ?? "";
  const device = subject === "" ? offered[0] : deviceIn(world, subject);
  const isUser = world.users.has(subject);
  const userId = isUser ? subject : world.userList.all()[0]?.id;
  const event = sampleEvent(name, { device, userId }, world.now());
  const isUnknown = subject !== "" && device === undefined && !isUser;
  return html`<section class="panel send" id="send" aria-labelledby="send-title">
<header><h2 id="send-title">Send event</h2><a class="close" href="${linkHere(query, { send: null, device: null })}">Close</a></header>
<form class="filters" method="get" action="/" aria-label="Event to send">${hidden("tab", "webhooks")}
<span class="field"><label for="send-name">Event</label><select id="send-name" name="send">${namesWith(
    name,
  ).map(
    (each) => html`<option${each === name && html` selected`}>${each}</option>`,
  )}</select></span>
<span class="field"><label for="send-device">Device or user</label><input id="send-device" name="device" list="send-devices" value="${subject}" placeholder="ID" autocomplete="off"></span>
<datalist id="send-devices">${offered.map(({ wire }) => html`<option value="${wire.id}">${wire.userId}</option>`)}</datalist>
<button class="quiet">Fill in</button></form>
${isUnknown && html`<p class="warn">There is no device or user ${subject}: the body names those of the example.</p>`}
${states.length === 0 ? html`<p class="hint">There is no webhook to send it to yet.</p>` : bodyForm(states, event, query, forms)}</section>`;
}

function bodyForm(
  states: readonly WebhookState[],
  event: object,
  query: URLSearchParams,
  forms: Forms,
): Html {
  const chosen = query.get("webhook");
  return html`${formStart(forms)}${hidden("do", "send-event")}
<span class="field"><label for="send-webhook">To</label><select id="send-webhook" name="webhook">${states.map(
    ({ webhook: { id, url } }) =>
      html`<option value="${id}"${id === chosen && html` selected`}>${shownUrl(url)}</option>`,
  )}</select></span>
<label for="send-body" class="wide">Body to send</label>
<textarea id="send-body" name="body" rows="18" spellcheck="false" autocomplete="off" aria-describedby="send-hint">${JSON.stringify([event], null, 2)}</textarea>
<p class="hint wide" id="send-hint">It is signed and sent as it is, also when it is not valid. The state of the sandbox does not change.</p>
<button>Send event</button></form>`;
}

function namesWith(name: string): readonly string[] {
  return eventNames.includes(name) ? eventNames : [name, ...eventNames];
}
