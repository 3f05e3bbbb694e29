import { isTaken } from "../../../webhooks/delivery-sender.ts";
import type { PagesContext } from "../../shared/context.ts";
import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import { type Forms, formStart } from "../shared/forms.ts";

type Step = "token" | "fleet" | "call" | "webhook" | "delivery";

/** The first steps with a sandbox, each ticked off when it has happened. */
export class FirstSteps {
  readonly #context: PagesContext;
  /** What has happened stays so, also when the logs have forgotten it. */
  readonly #done = new Set<Step>();

  constructor(context: PagesContext) {
    this.#context = context;
  }

  /** The live part. */
  view(forms: Forms): Html {
    this.#notice();
    const hasFleet = this.#done.has("fleet");
    return html`<section class="panel" id="first-steps" data-part data-group aria-labelledby="steps-title">
<header><h2 id="steps-title">First steps</h2></header>
<ol class="first-steps">
${this.#step(["token"], html`<a href="#environment">Copy the environment variables</a> into your program`, "Done when it has fetched a token.")}
${this.#step(["fleet"], html`Create a demo household, or <a href="/?tab=fleet">look at the fleet</a>`, hasFleet ? "" : html`${formStart(forms)}${hidden("do", "add-household")}<button>Create a demo household</button></form>`)}
${this.#step(["call"], html`Make the <a href="#first-call">first call</a>, or try one <a href="#operations">here</a>`, "Done when one has succeeded.")}
${this.#step(["webhook", "delivery"], html`<a href="#connect-webhook">Connect a webhook</a>`, this.#done.has("webhook") ? "There is one. Done when it has accepted a delivery." : "Done when it has accepted a delivery.")}
</ol></section>`;
  }

  #step(needs: readonly Step[], words: Html, hint: Html | string): Html {
    const isDone = needs.every((need) => this.#done.has(need));
    return html`<li class="${isDone ? "done" : "open"}"><span class="about"><span class="unseen">${isDone ? "Done: " : "To do: "}</span><strong>${words}</strong>${!isDone && html`<small>${hint}</small>`}</span></li>
`;
  }

  #notice(): void {
    const { sandbox, world, webhooks } = this.#context;
    const done = this.#done;
    if (world.devices.size > 0) done.add("fleet");
    if (!webhooks.isEmpty) done.add("webhook");
    if (!done.has("token") || !done.has("call")) {
      for (const { operation, status } of sandbox.requests.list()) {
        if (status !== null && status < 400 && operation !== null)
          done.add(operation === "token" ? "token" : "call");
      }
    }
    if (!done.has("delivery") && sandbox.deliveries.list().some(({ status }) => isTaken(status)))
      done.add("delivery");
  }
}
