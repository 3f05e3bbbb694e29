import type { PagesContext } from "../../shared/context.ts";
import type { Forms } from "../shared/forms.ts";
import type { Command, OpenTab, Tab, TabRequest, TabView } from "../shared/tab.ts";
import { chartView } from "./chart.ts";
import { fleetCommands } from "./commands.ts";
import { devicesView } from "./device-list.ts";
import { selector } from "./selection.ts";
import { type FleetState, pageQueryOf, readState } from "./state.ts";
import { addView, fleetView } from "./views.ts";

/** The users and their devices. */
export class FleetTab implements Tab {
  readonly id = "fleet";
  readonly title = "Fleet";
  readonly commands: Readonly<Record<string, Command>>;
  readonly #context: PagesContext;

  constructor(context: PagesContext) {
    this.#context = context;
    this.commands = fleetCommands(context);
  }

  open({ query, forms }: TabRequest): OpenTab {
    const wanted = pageQueryOf(query);
    const selection = selector(this.#context.world, wanted.search);
    let known: ReadonlyMap<string, string> | undefined;
    let words: ReadonlyMap<string, string> = new Map();
    return {
      view: () => {
        const state = readState(this.#context, wanted, selection);
        words = wordsOf(state);
        return this.#view(state, query, forms);
      },
      news() {
        const news = known === undefined ? [] : changesOf(known, words);
        known = words;
        return news;
      },
    };
  }

  #view(state: FleetState, query: URLSearchParams, forms: Forms): TabView {
    const { world } = this.#context;
    const devices = devicesView(state, forms);
    const chart = chartView(world, world.devices.get(state.chosen?.id ?? ""), query);
    const parts = new Map([
      ["devices", devices],
      ["chart", chart],
    ]);
    return { parts, main: fleetView(state.query.search, { devices, chart, add: addView(forms) }) };
  }
}

/** The state of each shown device, as text for screen readers. */
function wordsOf({ users }: FleetState): Map<string, string> {
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
