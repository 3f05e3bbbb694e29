import { supersedes } from "../../storage/contracts/device-store.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import { advance, contentOf, type Facts, type Found, follow, lapse, type Watch } from "./facts.ts";
import { actionKey, type TransitionHandlers } from "./handlers.ts";
import type { Hand } from "./hands.ts";
import type { State, Subject } from "./state-store.ts";

/** What is known, by collection and ID. */
export type Known = ReadonlyMap<string, DeviceRecord>;

/** How the records came. */
export interface Circumstances {
  /** Whether a backfill or reconciliation has found them. */
  readonly isMissed: boolean;
  /** Records that are removed first, whichever is newer. */
  readonly inPlaceOf: readonly DeviceRecord[];
  /** The time by Enode's clock. */
  readonly now: number;
  /** Whether to make candidates count that have lasted until now. */
  readonly mayLapse: boolean;
}

/** Transitions per device that are remembered as told, or those of one delivery where they are more. */
const mostTold = 10;
/** For how long a transition waits for its handlers, in ms. */
const longestWait = 86_400_000;
/** By how much a position may be in the future: then it comes from a wrong clock. */
const tolerance = 60_000;

export function keyOf({ collection, id }: Subject | DeviceRecord): string {
  return `${collection}/${id}`;
}

/** Works out what the records of one subject change; undefined when nothing is to be kept. Pure. */
export function plan(
  handlers: TransitionHandlers,
  { subject, records }: Pick<Hand, "subject" | "records">,
  state: State,
  known: Known,
  { isMissed, inPlaceOf, now, mayLapse }: Circumstances,
): State | undefined {
  let current = known.get(keyOf(subject));
  const kept = Number(state.position?.observedAt) > now + tolerance ? undefined : state.position;
  let position = kept;
  let { isOver } = state;
  const kind = (records.find(({ collection }) => collection === subject.collection) ?? current)
    ?.kind;
  const watches = kind === undefined ? [] : handlers.watchesOf(kind);
  const facts = new Map(watches.map((watch) => [watch, recall(watch, state, kept, current)]));
  const found: Found[] = [];
  for (const record of records) {
    if (record.collection !== subject.collection) {
      const failed = failureIn(record, known, isMissed);
      if (failed) found.push(failed);
      continue;
    }
    const replaces = inPlaceOf.some((each) => keyOf(each) === keyOf(record));
    if (!replaces && !supersedes(record, current)) continue;
    // What an attempt has told that ended before the record itself was kept.
    if (!replaces && !supersedes(record, position)) continue;
    const previous = predecessorOf(record, current);
    isOver = record.payload === null;
    for (const [watch, known] of facts) {
      const before = previous && known;
      const step = { record, previous, isMissed };
      facts.set(watch, isOver ? undefined : advance(watch, before, step, found));
    }
    current = record;
    position = record;
  }
  if (mayLapse && current) {
    for (const [watch, before] of facts) {
      if (before) facts.set(watch, lapse(watch, before, now, current, found));
    }
  }
  // States of the same time may come again, and an action before what it was before is known.
  const wanted = found.filter(
    (each) => handlers.isWanted(each) && !state.told.includes(each.id + each.key),
  );
  const left = state.pending.filter(({ next }) => next.receivedAt > Date.now() - longestWait);
  const isSame =
    wanted.length === 0 &&
    left.length === state.pending.length &&
    (isOver === state.isOver || state.version === 0) &&
    // Otherwise a reconciliation would make it forget what the next state does not say, or says by what was before.
    [...facts].every(
      ([{ key }, after]) => JSON.stringify(state.facts[key]) === JSON.stringify(after),
    );
  if (isSame) return undefined;
  return {
    facts: Object.fromEntries([...facts].flatMap(([{ key }, each]) => (each ? [[key, each]] : []))),
    pending: [...left, ...wanted],
    position: position && { ...position, payload: position.payload === null ? null : "" },
    told: [...state.told, ...wanted.map(({ id, key }) => id + key)].slice(
      -Math.max(mostTold, wanted.length),
    ),
    isOver,
    version: Math.max(state.version + 1, Date.now()),
  };
}

/**
 * The facts with which the next record is compared. What changed while nobody was told is no news any more, and what no
 * handler has asked for before begins with what the mirror has.
 */
function recall(
  watch: Watch,
  { isOver, facts }: State,
  position: DeviceRecord | undefined,
  current: DeviceRecord | undefined,
): Facts | undefined {
  const known = isOver ? undefined : facts[watch.key];
  if (current === undefined || current.payload === null) return known;
  const isBehind = !(position && supersedes(position, current));
  const isNew = known === undefined && !isOver;
  return isBehind || isNew ? follow(watch, known, current) : known;
}

/** The state with which a record is compared: none when it is the first one, also of another user. */
function predecessorOf(
  { userId }: DeviceRecord,
  current: DeviceRecord | undefined,
): DeviceRecord | undefined {
  if (current === undefined || current.payload === null || current.partial) return undefined;
  const isOther = userId !== null && current.userId !== null && userId !== current.userId;
  return isOther ? undefined : current;
}

/** The transition of an action that has just failed. */
function failureIn(record: DeviceRecord, known: Known, isMissed: boolean): Found | undefined {
  const previous = known.get(keyOf(record)) ?? null;
  const { state, targetId, completedAt } = contentOf(record) ?? {};
  if (state !== "FAILED") return undefined;
  if (contentOf(previous)?.["state"] === "FAILED" || !supersedes(record, previous ?? undefined)) {
    return undefined;
  }
  const name = "action:failed";
  const time = Date.parse(String(completedAt));
  return {
    key: actionKey,
    id: `${String(targetId)}/${name}/${record.id}`,
    name,
    since: time <= record.observedAt ? time : record.observedAt,
    details: {},
    next: record,
    previous,
    isMissed,
  };
}
