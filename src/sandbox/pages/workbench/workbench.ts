import type { PagesContext } from "../shared/context.ts";
import type { CsrfGuard } from "../shared/csrf.ts";
import { goTo, page, plain } from "../shared/layout.ts";
import { clockCommands } from "./clock-commands.ts";
import { ConnectTab } from "./connect/tab.ts";
import { FaultsTab } from "./faults/tab.ts";
import { FleetTab } from "./fleet/tab.ts";
import { clockView, frameView } from "./frame.ts";
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
    const tab = this.#tabOf(query);
    const view = this.#view(tab.open(this.#requestOf(query)), query);
    const notice = this.#notices.get(query.get("note") ?? "");
    const main = frameView(this.#tabs, tab, view, notice);
    const title = `${tab.title} · Enode sandbox`;
    return page({ title, main, kind: "workbench", status: view.status ?? 200 });
  }

  /** Carries out the command of a form, and redirects to the page that sent it. */
  async take(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text());
    const refusal = this.#guard.refusal(request, form);
    if (refusal !== null) return plain(403, refusal);
    const outcome = await this.#commands.get(form.get("do") ?? "")?.(form);
    if (outcome === undefined) return plain(400, "There is no such command");
    for (const listener of this.#listeners) listener();
    const { message, isFailure = false, query = {}, leadsTo } = outcome;
    if (leadsTo !== undefined) return goTo(leadsTo);
    const note = this.#notices.add({ message, isFailure });
    return goTo(linkTo(new URLSearchParams(form.get("back") ?? ""), { ...query, note }));
  }

  stream(request: Request): Response {
    const { searchParams: query } = new URL(request.url);
    const open = this.#tabOf(query).open(this.#requestOf(query));
    return streamOf(
      () => {
        const { parts: views } = this.#view(open, query);
        const parts = Array.from(views, ([id, { text }]) => [id, text] as const);
        const latest = open.news?.().slice(0, MOST_NEWS).join(". ") ?? "";
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
  #view(open: OpenTab, query: URLSearchParams): TabView {
    const view = open.view();
    const clock = clockView(this.#context.world.now(), this.#requestOf(query).forms);
    return { ...view, parts: new Map([["clock", clock], ...view.parts]) };
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
