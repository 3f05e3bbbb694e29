import type { UserRecord } from "../../../simulation/world/world.ts";
import type { PagesContext } from "../../shared/context.ts";
import { html } from "../../shared/html.ts";
import type { Forms } from "../shared/forms.ts";
import type { Command, OpenTab, Parts, Tab, TabRequest, TabView } from "../shared/tab.ts";
import { addCommand, addView } from "./adding/add-device.ts";
import { householdCommand } from "./adding/household.ts";
import { openLinkCommand, openLinkView } from "./adding/open-link.ts";
import { MOST_USERS } from "./adding/user-field.ts";
import { chartView, householdChart } from "./chart.ts";
import { deviceCommands } from "./device/commands.ts";
import { devicePage } from "./device/page.ts";
import { devicesView } from "./device-list.ts";
import { filtersView } from "./filters.ts";
import { ownerCommands } from "./owner-commands.ts";
import { fleetQueryOf } from "./query.ts";
import { selector } from "./selection.ts";
import type { DetailPage } from "./shared/detail-page.ts";
import { type FleetState, readState } from "./state.ts";
import { userCommands } from "./user/commands.ts";
import { userPage } from "./user/page.ts";
import { fleetView } from "./views.ts";

/** The users and their devices, and the page of one of them. */
export class FleetTab implements Tab {
  readonly id = "fleet";
  readonly title = "Fleet";
  readonly commands: Readonly<Record<string, Command>>;
  readonly #context: PagesContext;

  constructor(context: PagesContext) {
    this.#context = context;
    this.commands = {
      ...ownerCommands(context),
      ...deviceCommands(context),
      ...userCommands(context),
      add: addCommand(context),
      "add-household": householdCommand(context),
      "open-link": openLinkCommand(context),
    };
  }

  open({ query, forms }: TabRequest): OpenTab {
    const wanted = fleetQueryOf(query);
    const selection = selector(this.#context.world, wanted);
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
    const { parts, content, status = 200 } = this.#detail(state, query, forms);
    const devices = devicesView(state, forms);
    const list = html`${filtersView(state.query)}${devices}`;
    const { deviceId, userId } = state.query;
    const isOpened = deviceId !== null || userId !== null;
    return {
      parts: new Map([["devices", devices], ...parts]),
      main: fleetView(list, content, isOpened),
      status,
    };
  }

  /** What stands beside the list: the page of a device or user, or else forms that add some. */
  #detail(state: FleetState, query: URLSearchParams, forms: Forms): DetailPage {
    const { deviceId, userId } = state.query;
    const { world } = this.#context;
    if (userId !== null && deviceId === null) {
      const home = (user: UserRecord) => householdChart(world, user, query);
      return userPage(this.#context, userId, home, forms);
    }
    const chart = chartView(world, world.devices.get(state.chosen?.id ?? ""), query);
    if (deviceId !== null) return devicePage(this.#context, deviceId, chart, forms);
    const users = world.userList.newerThan(0, MOST_USERS).entries.map(({ id }) => id);
    const parts: Parts = new Map([["chart", chart]]);
    return { parts, content: html`${chart}${addView(users, forms)}${openLinkView(users, forms)}` };
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
