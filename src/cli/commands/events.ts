import type { EventStore } from "../../storage/contracts/index.ts";
import { oneOf, refuseMore, toNumber } from "../shared/arguments.ts";
import type { Command, Input } from "../shared/command.ts";
import { type Terminal, table } from "../shared/terminal.ts";
import { CommandError, UsageError } from "../shared/usage-error.ts";
import { lineOf, reviveAll, tableOf } from "../store/dead-letters.ts";
import { namespaceOf, namespaceOption, storeOptions, withStore } from "../store/open-store.ts";

const options = {
  store: storeOptions.store,
  schema: storeOptions.schema,
  namespace: namespaceOption.namespace,
  all: { type: "boolean", help: "with revive: all dead letters" },
  before: {
    type: "string",
    value: "<time>",
    help: "with prune: a date such as 2026-01-31, or an age such as 7d or 36h",
  },
  limit: { type: "string", value: "<number>", help: "with dead: how many at most; 100 by default" },
  json: { type: "boolean", help: "with counts and dead: lines of JSON" },
} as const;

/** What an action gets besides the store. */
interface Request {
  readonly store: EventStore;
  readonly namespace: string;
  readonly ids: readonly string[];
  readonly values: Input<typeof options>["values"];
  readonly terminal: Terminal;
}

const actions = { counts, dead, revive, discard, prune };
type Action = keyof typeof actions;
const actionNames = Object.keys(actions) as Action[];

/** Which action each option is for. */
const OPTIONS_OF: Readonly<Record<string, readonly Action[]>> = {
  all: ["revive"],
  before: ["prune"],
  limit: ["dead"],
  json: ["counts", "dead"],
};

/** The webhook events that a receiver keeps in a store. */
export const command: Command = {
  usage: [
    "events counts --store <store> [options]",
    "events dead --store <store> [options]",
    "events revive <id>... | --all --store <store>",
    "events discard <id>... --store <store>",
    "events prune --before <time> --store <store>",
  ],
  about: `Shows and changes the webhook events in the store of a receiver: how many there are (counts), those that were
given up (dead), which can be handled once more (revive) or forgotten (discard), and old deliveries (prune).`,
  options,
  examples: [
    "enode-sdk events counts --store enode.db --namespace sandbox:your-client-id",
    "enode-sdk events dead --store $DATABASE_URL --json | jq .reason",
    "enode-sdk events revive --all --store $DATABASE_URL",
    "enode-sdk events prune --before 7d --store enode.db",
  ],
  notes: `stdout: the result. PostgreSQL needs the package pg in your project.
Exit code 1 when not all of the IDs that were named are those of dead letters.`,
  complete: (before) => (before.length === 0 ? actionNames : []),
  async run({ values, positionals, terminal }: Input<typeof options>) {
    const [first, ...ids] = positionals;
    if (first === undefined) throw new UsageError(`What of the events? ${actionNames.join(", ")}`);
    const action = oneOf("action", first, actionNames, `there are ${actionNames.join(", ")}`);
    for (const [name, those] of Object.entries(OPTIONS_OF)) {
      if (!(name in values) || those.includes(action)) continue;
      throw new UsageError(`--${name} is for ${those.join(" and ")}, not for ${action}`);
    }
    checkIds(action, ids, values.all === true);
    const namespace = namespaceOf(values.namespace);
    return withStore(values, false, ({ eventStore: store }) =>
      actions[action]({ store, namespace, ids, values, terminal }),
    );
  },
};

function checkIds(action: Action, ids: readonly string[], isAll: boolean): void {
  if (action !== "revive" && action !== "discard") {
    refuseMore(ids, 0);
  } else if (isAll) {
    if (ids.length > 0) throw new UsageError("Give IDs or --all, not both");
  } else if (ids.length === 0) {
    throw new UsageError(
      `Which ones? Give the IDs that enode-sdk events dead shows${action === "revive" ? ", or --all" : ""}`,
    );
  }
}

async function counts({ store, namespace, values, terminal }: Request): Promise<undefined> {
  const found = await have(store, "counts").call(store, namespace);
  if (values.json === true) {
    terminal.print(JSON.stringify({ namespace, ...found }));
    return;
  }
  const rows = [
    ["namespace", namespace],
    ["waiting", String(found.waiting)],
    ["due", String(found.due)],
    ["held", String(found.held)],
    ["dead", String(found.dead)],
    ["oldest", `${Math.round(found.oldestAge / 1000)} s`],
  ];
  for (const line of table(rows)) terminal.print(line);
}

async function dead({ store, namespace, values, terminal }: Request): Promise<undefined> {
  const { limit = "100", json } = values;
  const most = toNumber("--limit", limit, "a whole number above 0", (value) => {
    return Number.isSafeInteger(value) && value > 0;
  });
  const letters = await store.deadLetters(most, namespace);
  if (letters.length === 0) {
    terminal.tell(`No dead letters in the namespace ${namespace}.`);
  } else if (json === true) {
    for (const letter of letters) terminal.print(lineOf(letter));
  } else {
    for (const line of tableOf(letters)) terminal.print(line);
  }
}

async function revive({ store, namespace, ids, values, terminal }: Request): Promise<number> {
  if (values.all === true) {
    terminal.print(`Revived ${await reviveAll(store, namespace)}.`);
    return 0;
  }
  return report("Revived", await store.revive(ids, namespace), ids, namespace, terminal);
}

async function discard({ store, namespace, ids, terminal }: Request): Promise<number> {
  const found = await have(store, "discard").call(store, ids, namespace);
  return report("Discarded", found, ids, namespace, terminal);
}

/** Says how many were found, and fails when that is not all of them. */
function report(
  verb: string,
  found: number,
  ids: readonly string[],
  namespace: string,
  terminal: Terminal,
): number {
  const named = new Set(ids).size;
  terminal.print(`${verb} ${found} of ${named}.`);
  if (found === named) return 0;
  terminal.warn(`The others are no dead letters of the namespace ${namespace}.`);
  return 1;
}

async function prune({ store, namespace, values, terminal }: Request): Promise<undefined> {
  const before = timeOf(values.before, Date.now());
  terminal.print(`Pruned ${await store.prune(before, namespace)}.`);
}

const DAY = 86_400_000;
const UNITS: Readonly<Record<string, number>> = { d: DAY, h: 3_600_000, m: 60_000 };

/** Enode sends a delivery again for a day: a copy of one that was forgotten would be handled as a new one. */
function timeOf(text: string | undefined, now: number): number {
  if (text === undefined) throw new UsageError("Before what? --before must be a date or an age");
  const [, count, unit = ""] = /^(\d+)([dhm])$/.exec(text) ?? [];
  const isDate = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text);
  const time = count !== undefined ? now - Number(count) * (UNITS[unit] ?? 0) : Date.parse(text);
  if ((count === undefined && !isDate) || Number.isNaN(time)) {
    throw new UsageError(
      `--before must be a date such as 2026-01-31 or an age such as 7d, not "${text}"`,
    );
  }
  if (time <= now - DAY) return time;
  throw new UsageError(
    "--before must be more than a day ago: for so long Enode may send a delivery again, which must be recognised",
  );
}

function have<Name extends "counts" | "discard">(
  store: EventStore,
  name: Name,
): NonNullable<EventStore[Name]> {
  const method = store[name];
  if (method === undefined) throw new CommandError(`The store has no ${name}`);
  return method as NonNullable<EventStore[Name]>;
}
