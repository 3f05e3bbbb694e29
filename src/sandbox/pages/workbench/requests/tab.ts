import type { RequestEntry } from "../../../app/request-log.ts";
import type { PagesContext } from "../../shared/context.ts";
import { type Html, html } from "../../shared/html.ts";
import { selectEntries } from "../shared/log-selection.ts";
import type { Command, OpenTab, Outcome, Tab, TabRequest, TabView } from "../shared/tab.ts";
import { requestView, unknownRequestView } from "./detail.ts";
import { requestFilter, userOf } from "./filter.ts";
import { filterView, listView } from "./list.ts";
import { attemptsOf } from "./retries.ts";

/** The requests to the API, each with what went over the wire. */
export class RequestsTab implements Tab {
  readonly id = "requests";
  readonly title = "Requests";
  readonly commands: Readonly<Record<string, Command>> = {
    "send-again": (form) => this.#sendAgain(form.get("number") ?? ""),
  };
  readonly #context: PagesContext;

  constructor(context: PagesContext) {
    this.#context = context;
  }

  open(request: TabRequest): OpenTab {
    const { query } = request;
    // Read once: the form keeps what is chosen in it.
    const filters = filterView(query, this.#operations());
    return {
      view: () => {
        const list = this.#list(query);
        const detail = this.#detail(request);
        return {
          parts: new Map([
            ["requests", list],
            ["request", detail],
          ]),
          main: html`${filters}<div class="log">${detail}${list}</div>`,
        } satisfies TabView;
      },
    };
  }

  #operations(): string[] {
    const { requests } = this.#context.sandbox;
    const names = requests.list().map(({ operation }) => operation ?? "none");
    return [...new Set(names)].sort();
  }

  #list(query: URLSearchParams): Html {
    const { sandbox, world, requestRecordings: recordings } = this.#context;
    const fits = requestFilter(query, world);
    const selection = selectEntries(sandbox.requests.list(), query, (entry) =>
      fits({ entry, exchange: recordings.get(entry.number) }),
    );
    return listView(query, selection, (entry) => ({
      exchange: recordings.get(entry.number),
      userId: userOf(entry, world),
    }));
  }

  /** The open request; an element without content when there is none. */
  #detail({ query, forms }: TabRequest): Html {
    const number = query.get("request");
    if (number === null) return html`<div id="request" data-part hidden></div>`;
    const entries = this.#context.sandbox.requests.list();
    const entry = entries.find((each) => `${each.number}` === number);
    const content =
      entry === undefined
        ? unknownRequestView(number, query)
        : requestView(this.#openRequest(entry, entries), query, forms);
    return html`<section class="panel detail" id="request" data-part aria-labelledby="request-title">${content}</section>`;
  }

  #openRequest(entry: RequestEntry, entries: readonly RequestEntry[]) {
    const { requestRecordings: recordings, apiUrl, clock, sandbox } = this.#context;
    return {
      entry,
      exchange: recordings.get(entry.number),
      attempts: attemptsOf(entry, entries, recordings, clock.speed),
      isRecording: recordings.isOn,
      apiUrl,
      presets: sandbox.faults.presets,
    };
  }

  async #sendAgain(text: string): Promise<Outcome | undefined> {
    if (!/^\d{1,15}$/.test(text)) return undefined;
    const replay = await this.#context.caller.replay(Number(text));
    if (!replay.isSent) {
      return { message: `Request ${text} was not sent again. ${replay.reason}.`, isFailure: true };
    }
    const { number, response, failure } = replay;
    // Whoever reads the body records it, which a fault may hold back forever.
    void response?.text().catch(() => {});
    const answer =
      response === null ? `there was no answer: ${failure}` : `the answer is ${response.status}`;
    return {
      message: `Request ${text} was sent again as request ${number}: ${answer}.`,
      isFailure: response === null || response.status >= 400,
      query: { request: `${number}` },
    };
  }
}
