import type { PagesContext } from "../shared/context.ts";
import type { CsrfGuard } from "../shared/csrf.ts";
import { html } from "../shared/html.ts";
import { goTo, page, plain } from "../shared/layout.ts";
import { type Alerts, alertNews, alertsView, readAlerts, titleWith } from "./alerts.ts";
import { clockCommands } from "./clock-commands.ts";
import { clockControls, clockView, setTimeView } from "./clock-view.ts";
import { ConnectTab } from "./connect/tab.ts";
import { FaultsTab } from "./faults/tab.ts";
import { FleetTab } from "./fleet/tab.ts";
import { frameView } from "./frame.ts";
import { RequestsTab } from "./requests/tab.ts";
import { linkTo } from "./shared/forms.ts";
import { Notices } from "./shared/notices.ts";
import type { Command, OpenTab, Tab, TabRequest, TabView } from "./shared/tab.ts";
import { streamOf } from "./stream.ts";
import { WebhooksTab } from "./webhooks/tab.ts";

// A screen reader's user cannot follow more at once.
const MOST_NEWS = 3;

/** The workbench: pages that show what happens in the sandbox, live, and change it outside the API. */
export class Workbench {
  readonly #context: PagesContext;
  readonly #guard: CsrfGuard;
  readonly #tabs: readonly [Tab, ...Tab[]];
  readonly #commands: ReadonlyMap<string, Command>;
  readonly #notices = new Notices();
  readonly #listeners = new Set<() => void>();
  readonly #run = crypto.randomUUID();

  constructor(context: PagesContext, guard: CsrfGuard) {
    this.#context = context;
    this.#guard = guard;
    this.#tabs = [
      new FleetTab(context),
      new RequestsTab(context),
      new WebhooksTab(context),
      new FaultsTab(context),
      new ConnectTab(context),
    ];
    this.#commands = new Map(
      [clockCommands(context), ...this.#tabs.map(({ commands }) => commands)].flatMap(
        Object.entries,
      ),
    );
  }

  show(request: Request): Response {
    const { searchParams: query } = new URL(request.url);
    const current = this.#tabOf(query);
    const asked = this.#requestOf(query);
    const open = current.open(asked);
    const alerts = readAlerts(this.#context);
    const view = this.#view(current, open, asked, alerts);
    const frame = {
      tabs: this.#tabs,
      current,
      notice: this.#notices.get(query.get("note") ?? ""),
      setTime: setTimeView(this.#context.clock, asked.forms),
      run: this.#run,
    };
    const title = titleWith(alerts, titleOf(current));
    const main = frameView(frame, view);
    return page({ title, main, kind: "workbench", status: view.status ?? 200 });
  }

  /** Carries out the command of a form, and redirects to the page that sent it. */
  async take(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text());
    const back = new URLSearchParams(form.get("back") ?? "");
    const refusal = this.#guard.refusal(request, form);
    if (refusal !== null) return refused(refusal, linkTo(back, {}));
    const command = this.#commands.get(form.get("do") ?? "");
    if (command === undefined) return plain(400, "There is no such command");
    const outcome = await command(form);
    if (outcome === undefined) return plain(400, "A field of the form is missing, or not valid");
    for (const listener of this.#listeners) listener();
    const { message, isFailure = false, query = {}, leadsTo } = outcome;
    if (leadsTo !== undefined) return goTo(leadsTo);
    const note = this.#notices.add({ message, isFailure });
    return goTo(linkTo(back, { ...query, note }));
  }

  stream(request: Request): Response {
    const { searchParams: query } = new URL(request.url);
    const tab = this.#tabOf(query);
    const asked = this.#requestOf(query);
    const open = tab.open(asked);
    let alerts = readAlerts(this.#context);
    return streamOf(
      this.#run,
      () => {
        const before = alerts;
        alerts = readAlerts(this.#context);
        const { parts: views } = this.#view(tab, open, asked, alerts);
        const parts = Array.from(views, ([id, { text }]) => [id, text] as const);
        const news = [...alertNews(before, alerts), ...(open.news?.() ?? [])];
        const latest = news.slice(0, MOST_NEWS).join(". ");
        return { parts: new Map(parts), news: latest === "" ? null : latest };
      },
      (callback) => this.#subscribe(callback),
    );
  }

  #tabOf(query: URLSearchParams): Tab {
    const id = query.get("tab");
    return this.#tabs.find((tab) => tab.id === id) ?? this.#tabs[0];
  }

  /** The view of a tab together with the live parts of the frame. */
  #view(tab: Tab, open: OpenTab, { forms }: TabRequest, alerts: Alerts): TabView {
    const view = open.view();
    const { clock } = this.#context;
    const parts = new Map([
      ["clock", clockView(clock)],
      ["clock-controls", clockControls(clock, forms)],
      ["alerts", alertsView(alerts, titleOf(tab))],
      ...view.parts,
    ]);
    return { ...view, parts };
  }

  #requestOf(query: URLSearchParams): TabRequest {
    const back = new URLSearchParams(query);
    back.delete("note");
    return { query, forms: { token: this.#guard.token, back: back.toString() } };
  }

  #subscribe(callback: () => void): () => void {
    const { requests, deliveries } = this.#context.sandbox;
    this.#listeners.add(callback);
    const ends = [requests.subscribe(callback), deliveries.subscribe(callback)];
    return () => {
      this.#listeners.delete(callback);
      for (const end of ends) end();
    };
  }
}

function titleOf({ title }: Tab): string {
  return `${title} · Enode sandbox`;
}

/** The answer to a form that is not of this run, or not of this site. The script reloads the page by itself. */
function refused(reason: string, back: string): Response {
  const main = html`<main id="main" class="panel"><h1>Nothing was done</h1>
<p>${reason}. Was the sandbox started again since the page was loaded? Then the page has to be loaded again, too.</p>
<p><a href="${back}">Load the page again</a></p></main>`;
  return page({ title: "Nothing was done · Enode sandbox", main, kind: "workbench", status: 403 });
}
