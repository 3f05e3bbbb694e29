import type { PagesContext } from "../shared/context.ts";
import type { CsrfGuard } from "../shared/csrf.ts";
import type { Html } from "../shared/html.ts";
import { goTo, page, plain } from "../shared/layout.ts";
import { Commands, NOTICES } from "./commands.ts";
import { devicesView, type Forms } from "./device-list.ts";
import { History } from "./history.ts";
import { deliveriesView, requestsView } from "./log-views.ts";
import { selector } from "./selection.ts";
import { type ControlState, type PageQuery, pageQueryOf, readState } from "./state.ts";
import { streamOf } from "./stream.ts";
import { chartView, clockView, controlView, faultsView, type Switch } from "./views.ts";

// A screen reader's user cannot follow more at once.
const MOST_NEWS = 3;

/** The control page: the state of the sandbox, live, and buttons for changes outside the API. */
export class ControlPage {
  readonly #context: PagesContext;
  readonly #guard: CsrfGuard;
  readonly #history = new History();
  readonly #commands: Commands;
  readonly #listeners = new Set<() => void>();

  constructor(context: PagesContext, guard: CsrfGuard) {
    this.#context = context;
    this.#guard = guard;
    this.#commands = new Commands(context, this.#history);
  }

  show(request: Request): Response {
    const query = new URL(request.url).searchParams;
    const state = readState(this.#context, this.#history, pageQueryOf(query));
    const name = query.get("note") ?? "";
    const notice = Object.entries(NOTICES).find(([each]) => each === name)?.[1] ?? "";
    const main = controlView(
      state,
      this.#parts(state),
      this.#forms(state.query),
      notice,
      this.#env(),
    );
    return page({ title: "Enode sandbox", main, kind: "control" });
  }

  /** Carries out the command of a button, and redirects to the page. */
  async take(request: Request): Promise<Response> {
    const form = new URLSearchParams(await request.text());
    const refusal = this.#guard.refusal(request, form);
    if (refusal !== null) return plain(403, refusal);
    const outcome = this.#commands.run(form);
    if (outcome === undefined) return plain(400, "There is no such command");
    for (const listener of this.#listeners) listener();
    const query = new URLSearchParams();
    const search = form.get("q");
    const deviceId = outcome.deviceId ?? form.get("chosen");
    if (search !== null && search !== "") query.set("q", search);
    if (deviceId !== null && deviceId !== "") query.set("device", deviceId);
    query.set("note", outcome.notice);
    return goTo(`/?${query.toString()}`);
  }

  stream(request: Request): Response {
    const query = pageQueryOf(new URL(request.url).searchParams);
    const selection = selector(this.#context.world, query.search);
    let known: ReadonlyMap<string, string> | undefined;
    return streamOf(
      () => {
        const state = readState(this.#context, this.#history, query, selection);
        const parts = [...this.#parts(state)].map(([id, { text }]) => [id, text] as const);
        const words = wordsOf(state);
        const news = known === undefined ? [] : changesOf(known, words);
        known = words;
        const latest = news.slice(0, MOST_NEWS).join(". ");
        return { parts: new Map(parts), news: latest === "" ? null : latest };
      },
      (callback) => this.#subscribe(callback),
    );
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

  #parts(state: ControlState): Map<string, Html> {
    const { requests, deliveries } = this.#context.sandbox;
    const forms = this.#forms(state.query);
    const samples = state.chosen === undefined ? [] : this.#history.of(state.chosen.id);
    return new Map([
      ["clock", clockView(state, forms)],
      ["devices", devicesView(state, forms)],
      ["chart", chartView(state, samples)],
      ["faults", faultsView(this.#switches(), forms)],
      ["requests", requestsView(requests.list())],
      ["deliveries", deliveriesView(deliveries.list())],
    ]);
  }

  #switches(): Switch[] {
    const { faults } = this.#context.sandbox;
    const standing = faults.list();
    return faults.presets.map((preset) => {
      const found = standing.find((each) => each.preset === preset.id);
      const isOwn = found !== undefined && this.#commands.isOwn(found);
      return { ...preset, standing: found, isOwn };
    });
  }

  #forms({ search, deviceId }: PageQuery): Forms {
    return { token: this.#guard.token, search, chosen: deviceId ?? "" };
  }

  #env(): string {
    const variables = Object.entries(this.#context.env);
    return variables.map(([name, value]) => `${name}=${value}`).join("\n");
  }
}

/** The state of each shown device, as text for screen readers. */
function wordsOf({ users }: ControlState): Map<string, string> {
  const devices = users.flatMap((user) => user.devices);
  return new Map(
    devices.map(({ id, name, userId, state }) => [id, `${name} of ${userId}: ${state}`]),
  );
}

function changesOf(
  before: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): string[] {
  return [...now].flatMap(([id, words]) => (before.get(id) === words ? [] : [words]));
}
