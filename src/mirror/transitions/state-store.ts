import type { DeviceRecord } from "../../storage/contracts/index.ts";
import { type CheckedDeviceStore, syncTimeout } from "../store/checked-store.ts";
import type { Facts, Found } from "./facts.ts";

/** Whose transitions are told one after the other: a device, or a user. */
export interface Subject {
  readonly collection: "devices" | "users";
  readonly id: string;
}

/** What has been told of a subject, and what is to be told. */
export interface State {
  /** By the key of the watch. */
  readonly facts: Readonly<Record<string, Facts>>;
  /** In their order; kept before they are told, so that nothing is lost and no ID changes. */
  readonly pending: readonly Found[];
  /** The record up to which the facts go; its payload is left out. */
  readonly position: DeviceRecord | undefined;
  /** The last ones that were told, or are to be told, by ID and key. */
  readonly told: readonly string[];
  /** Whether the device is deleted: nothing is left to be kept once all is told. */
  readonly isOver: boolean;
  /** Only goes up, so that a late write never takes the place of a newer one. */
  readonly version: number;
}

/** What the store has of a subject. */
export interface Stored {
  readonly state: State;
  /** When its lock was taken, by the clock of that host; undefined when it is free. */
  readonly lockedAt: number | undefined;
}

export const noState: State = {
  facts: {},
  pending: [],
  position: undefined,
  told: [],
  isOver: false,
  version: 0,
};

/**
 * For how long a process may hold the lock of a subject, in ms: longer than the handlers of an event may take. After
 * that it counts as dead.
 */
export const lease = 60_000;

const prefix = "transitions:";
const lockPrefix = "transitions-lock:";
const idle = "transitions";
/** The kind of states with something that is to be told: a kind of their own lets a store find them without a scan. */
const waiting = "transitions:waiting";
const longestId = 200;

/** Keeps with the mirror's records which transitions were told, so that all processes agree about it. */
export class StateStore {
  readonly #store: CheckedDeviceStore;

  constructor(store: CheckedDeviceStore) {
    this.#store = store;
  }

  /** What is known of these subjects, in their order. */
  async read(subjects: readonly Subject[], time: number): Promise<Stored[]> {
    const ids = subjects.flatMap((each) => [idOf(prefix, each), idOf(lockPrefix, each)]);
    const records = await this.#store.getMany("bookmarks", ids, time);
    return subjects.map((each) => ({
      state: stateOf(records.get(idOf(prefix, each))),
      lockedAt: records.get(idOf(lockPrefix, each))?.observedAt,
    }));
  }

  async write(
    states: readonly { readonly subject: Subject; readonly userId: string | null; state: State }[],
    time: number,
  ): Promise<void> {
    const records = states.map(({ subject, userId, state }) => {
      const { version, ...content } = state;
      const payload = JSON.stringify({ subject, ...content });
      const kind = isWaiting(state) ? waiting : idle;
      return this.#record(idOf(prefix, subject), kind, userId, payload, version);
    });
    await this.#store.upsert(records, time);
  }

  /**
   * Takes the locks of subjects, and returns whether each of them was taken: the store decides which of several
   * processes comes first, as only one record can be added.
   */
  async lock(
    subjects: readonly {
      readonly subject: Subject;
      readonly userId: string | null;
      readonly lockedAt: number | undefined;
    }[],
    time: number,
  ): Promise<boolean[]> {
    const now = Date.now();
    const dead = subjects.filter(({ lockedAt = now }) => lockedAt < now - lease);
    if (dead.length > 0) {
      // Only if it is still that lock: another process may have taken it meanwhile.
      const ids = dead.map(({ subject }) => idOf(lockPrefix, subject));
      await this.#store.remove({ collection: "bookmarks", ids, deletedBefore: now - lease }, time);
    }
    const free = subjects.filter(({ lockedAt = 0 }) => lockedAt < now - lease);
    const records = free.map(({ subject, userId }) =>
      this.#record(idOf(lockPrefix, subject), "transitions-lock", userId, null, now),
    );
    const outcomes = records.length === 0 ? [] : await this.#store.upsert(records, time);
    const taken = new Set(free.filter((_, index) => outcomes[index] === "added"));
    return subjects.map((each) => taken.has(each));
  }

  async unlock(subjects: readonly Subject[], time: number): Promise<void> {
    await this.#remove(
      subjects.map((each) => idOf(lockPrefix, each)),
      time,
    );
  }

  /** Removes all that is kept of subjects. */
  async forget(subjects: readonly Subject[], time: number): Promise<void> {
    await this.#remove(
      subjects.map((each) => idOf(prefix, each)),
      time,
    );
  }

  /** All subjects with something that is to be told. */
  async *waiting(): AsyncGenerator<{ subject: Subject; state: State }[], void, undefined> {
    const query = { collection: "bookmarks", kind: waiting } as const;
    for await (const page of this.#store.pages(query, undefined, syncTimeout)) {
      yield page.flatMap((record) => {
        const subject = subjectIn(record);
        return subject ? [{ subject, state: stateOf(record) }] : [];
      });
    }
  }

  async #remove(ids: readonly string[], time: number): Promise<void> {
    if (ids.length > 0) await this.#store.remove({ collection: "bookmarks", ids }, time);
  }

  #record(
    id: string,
    kind: string,
    userId: string | null,
    payload: string | null,
    observedAt: number,
  ): DeviceRecord {
    return {
      namespace: this.#store.namespace,
      collection: "bookmarks",
      id,
      kind,
      userId,
      vendor: null,
      identity: null,
      payload,
      partial: false,
      observedAt,
      receivedAt: Date.now(),
      source: "mirror",
    };
  }
}

/** When the first candidate of a state has lasted; undefined when there is none. */
export function dueAt(state: State): number | undefined {
  const times = Object.values(state.facts)
    .flatMap((facts) => Object.values(facts))
    .flatMap(({ candidate }) => candidate?.dueAt ?? []);
  return times.length === 0 ? undefined : Math.min(...times);
}

function isWaiting(state: State): boolean {
  return state.pending.length > 0 || dueAt(state) !== undefined;
}

function stateOf(record: DeviceRecord | undefined): State {
  if (record === undefined) return noState;
  const content = contentOf(record);
  return { ...noState, ...(content as Partial<State>), version: record.observedAt };
}

function subjectIn(record: DeviceRecord): Subject | undefined {
  return (contentOf(record) as { subject?: Subject }).subject;
}

/** What cannot be read counts as nothing: the next state of the device is where it begins again. */
function contentOf({ payload }: DeviceRecord): object {
  try {
    return Object(JSON.parse(payload ?? "null"));
  } catch {
    return {};
  }
}

function idOf(start: string, { collection, id }: Subject): string {
  const text = `${start}${collection}:${id}`;
  // Stores take no longer ones. What is cut off counts with a hash, so that two devices never share a state.
  return text.length <= longestId ? text : `${text.slice(0, longestId - 28)}~${hashOf(text)}`;
}

/** Two of FNV-1a, of 32 bits each, by different seeds. */
function hashOf(text: string): string {
  return [0x811c9dc5, 0x01000193]
    .map((seed) => {
      let hash = seed;
      for (let at = 0; at < text.length; at++) {
        hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
      }
      return (hash >>> 0).toString(16).padStart(8, "0");
    })
    .join("");
}
