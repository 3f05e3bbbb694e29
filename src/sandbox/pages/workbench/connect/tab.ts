import type { PagesContext } from "../../shared/context.ts";
import { type Html, html } from "../../shared/html.ts";
import type { OpenTab, Tab, TabView } from "../shared/tab.ts";

/** What a program needs to use the sandbox. */
export class ConnectTab implements Tab {
  readonly id = "connect";
  readonly title = "Connect";
  readonly commands = {};
  readonly #context: PagesContext;

  constructor(context: PagesContext) {
    this.#context = context;
  }

  open(): OpenTab {
    return { view: () => this.#view() };
  }

  #view(): TabView {
    const variables = Object.entries(this.#context.env);
    const lines = variables.map(([name, value]) => `${name}=${value}`);
    return { parts: new Map(), main: envView(lines.join("\n")) };
  }
}

function envView(env: string): Html {
  return html`<section class="panel" aria-labelledby="env-title">
<header><h2 id="env-title">Environment variables</h2>
<button class="quiet" type="button" data-copy="env">Copy</button></header>
<pre class="env" id="env" tabindex="0" role="group" aria-labelledby="env-title">${env}</pre>
<p class="hint">With them, <code>Enode.fromEnv()</code> finds this sandbox.</p></section>`;
}
