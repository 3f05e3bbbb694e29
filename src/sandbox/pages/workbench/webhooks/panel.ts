import type { WebhookState } from "../../../webhooks/webhook-registry.ts";
import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import { codeView, copyButton } from "../shared/code-view.ts";
import { durationText } from "../shared/durations.ts";
import { type Forms, formStart } from "../shared/forms.ts";
import { linkHere } from "../shared/log-controls.ts";
import { counted } from "../shared/numbers.ts";
import { shownUrl } from "../shared/shown-url.ts";
import { dayAndTime } from "../shared/times.ts";

/** What the panel shows. */
export interface WebhookPanel {
  readonly states: readonly WebhookState[];
  /** How many deliveries by hand are on their way, by the ID of the webhook. */
  readonly underway: ReadonlyMap<string, number>;
  /** The simulated time. */
  readonly now: number;
}

/** The webhooks with what they are doing, and buttons for each. */
export function panelView(panel: WebhookPanel, query: URLSearchParams, forms: Forms): Html {
  const { states } = panel;
  return html`<section class="panel" id="webhooks" data-part aria-labelledby="webhooks-title">
<header><h2 id="webhooks-title">Webhooks</h2>${states.length > 0 && html`<a href="${linkHere(query, { send: query.get("send") ?? "user:vehicle:updated", delivery: null })}#send">Send event…</a>`}</header>
${states.length === 0 ? emptyView() : html`<ul class="webhooks">${states.map((state) => webhookView(state, panel, forms))}</ul>`}</section>`;
}

function webhookView(state: WebhookState, panel: WebhookPanel, forms: Forms): Html {
  const { webhook, waiting } = state;
  const { id, createdAt, lastSuccess, events } = webhook;
  const url = shownUrl(webhook.url);
  const underway = panel.underway.get(id) ?? 0;
  const all = events.includes("*");
  return html`<li id="webhook-${id}" data-group>
<p class="address"><code>${url}</code></p>
<dl class="properties">
<div><dt>State</dt><dd>${stateView(state, panel.now)}</dd></div>
<div><dt>Last success</dt><dd>${lastSuccess === createdAt ? "none yet" : `${dayAndTime(Date.parse(lastSuccess))} UTC`}</dd></div>
<div><dt>Waiting</dt><dd>${counted(waiting, "event")}${underway > 0 && html` <span class="warn">(${counted(underway, "delivery by hand", "deliveries by hand")} under way)</span>`}</dd></div>
<div><dt>Events</dt><dd>${all ? "all" : events.length <= 3 ? events.join(", ") : html`<details id="events-${id}"><summary>${events.length} names</summary>${events.join(", ")}</details>`}</dd></div>
</dl>
${formStart(forms)}${hidden("webhook", id)}${actionsOf(state).map(([command, label]) => button(command, label, url))}</form>
<details id="delete-${id}"><summary aria-label="Delete: ${url}">Delete…</summary>${formStart(forms)}${hidden("webhook", id)}<span class="hint">The program has to create it again.</span>${button("webhook-delete", "Delete webhook", url)}</form></details></li>
`;
}

function stateView(state: WebhookState, now: number): Html {
  const { webhook, isPaused, failures, failingSince, nextAttemptAt, droppedEvents } = state;
  const dropped = droppedEvents > 0 && ` ${counted(droppedEvents, "event")} not delivered.`;
  if (!webhook.isActive) {
    return html`<strong class="bad">Inactive: Enode gave up on it.</strong>${dropped}`;
  }
  if (isPaused) return html`<strong class="warn">Paused: events wait.</strong>${dropped}`;
  if (failingSince !== null) {
    const next = nextAttemptAt === null ? "" : `, next try in ${durationText(nextAttemptAt - now)}`;
    return html`<strong class="warn">Failing since ${dayAndTime(failingSince)} (${counted(failures, "attempt")})${next}.</strong>${dropped}`;
  }
  return html`<strong class="good">Active</strong>${dropped}`;
}

function actionsOf({ webhook, isPaused, droppedEvents }: WebhookState): [string, string][] {
  const actions: [string, string][] = [];
  if (droppedEvents > 0) {
    const isRevived = webhook.isActive ? "" : "Reactivate and r";
    actions.push([
      "webhook-redeliver",
      `${isRevived || "R"}esend ${counted(droppedEvents, "event")}`,
    ]);
  }
  if (!webhook.isActive) actions.push(["webhook-reactivate", "Reactivate"]);
  actions.push(["webhook-test", "Send test event"]);
  if (webhook.isActive) {
    actions.push(isPaused ? ["webhook-resume", "Resume"] : ["webhook-pause", "Pause"]);
  }
  return actions;
}

function button(command: string, label: string, url: string): Html {
  return html`<button class="quiet" name="do" value="${command}" aria-label="${label}: ${url}">${label}</button>`;
}

const SNIPPET = `import { Enode } from "enode-sdk";

const enode = Enode.fromEnv();
await enode.webhooks.ensure({
  url: "http://127.0.0.1:3000/webhooks/enode",
  secret: process.env["ENODE_WEBHOOK_SECRET"] ?? "",
  events: ["*"],
});`;

function emptyView(): Html {
  return html`<p>No webhook yet. Your program creates one with this, for the address of its own server:</p>
${codeView("ensure-webhook", "Code that creates a webhook", SNIPPET)}
<p>${copyButton("ensure-webhook", "The code that creates a webhook")}</p>
<p class="hint">Or start the sandbox with <code>--webhook</code> and the address. The tab Connect has the environment variables.</p>`;
}
