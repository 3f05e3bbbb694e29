import type { PagesContext } from "../../shared/context.ts";
import { html } from "../../shared/html.ts";
import type { Command, OpenTab, Tab, TabRequest, TabView } from "../shared/tab.ts";
import { environmentView } from "./environment.ts";
import { firstCallView } from "./first-call.ts";
import { operationList } from "./operation-list.ts";
import { FirstSteps } from "./start.ts";
import { isOperation, TryIt } from "./try-it.ts";
import { resultView, tryItView } from "./try-it-view.ts";

/** What a program needs to use the sandbox, and a form for each operation. */
export class ConnectTab implements Tab {
  readonly id = "connect";
  readonly title = "Connect";
  readonly commands: Readonly<Record<string, Command>>;
  readonly #context: PagesContext;
  readonly #steps: FirstSteps;
  readonly #tryIt: TryIt;

  constructor(context: PagesContext) {
    this.#context = context;
    this.#steps = new FirstSteps(context);
    this.#tryIt = new TryIt(context);
    this.commands = this.#tryIt.commands;
  }

  open(request: TabRequest): OpenTab {
    return { view: () => this.#view(request) };
  }

  #view(request: TabRequest): TabView {
    const { query, forms } = request;
    const operation = query.get("operation");
    if (operation !== null) return this.#operationView(operation, request);
    const steps = this.#steps.view(forms);
    const { env } = this.#context;
    return {
      parts: new Map([["first-steps", steps]]),
      main: html`<div class="columns"><div class="column">${steps}${environmentView(env)}${operationList(query.get("find") ?? "")}</div>
<div class="column">${firstCallView(env)}</div></div>`,
    };
  }

  #operationView(operation: string, { query, forms }: TabRequest): TabView {
    if (!isOperation(operation)) {
      const main = html`<p class="panel">There is no operation ${operation}. <a href="/?tab=connect#operations">All operations</a></p>`;
      return { parts: new Map(), main, status: 404 };
    }
    const number = Number(query.get("sent"));
    const call = this.#tryIt.callOf(number);
    const sent = call?.operation === operation ? call : undefined;
    const result = resultView(this.#context, sent, number);
    return {
      parts: new Map([["try-result", result]]),
      main: html`<div class="columns"><div class="column">${tryItView(this.#context, { operation, query, sent }, forms)}</div>
<div class="column">${result}</div></div>`,
    };
  }
}
