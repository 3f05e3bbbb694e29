import { EnodeError, RetryLaterError } from "../../errors/index.ts";
import { captureContext } from "../../runtime/async-context.ts";
import { isWorkers } from "../../runtime/workers.ts";
import { mapLimit } from "../../shared/map-limit.ts";
import { unref } from "../../shared/timers.ts";
import { isErasure } from "../../storage/contracts/device-store.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import type { EnodeClock } from "../model/enode-clock.ts";
import { isId } from "../model/records.ts";
import type { Views } from "../read/views.ts";
import { type CheckedDeviceStore, eventTimeout, syncTimeout } from "../store/checked-store.ts";
import { contentOf, type Found } from "./facts.ts";
import { actionKey, TransitionHandlers } from "./handlers.ts";
import { type Hand, Hands } from "./hands.ts";
import { type Circumstances, type Known, keyOf, plan } from "./plan.ts";
import { dueAt, lease, noState, type State, StateStore, type Subject } from "./state-store.ts";
import type { Transition, TransitionName } from "./transition.ts";

/** How records come to the mirror. */
export interface Arrival {
  /** Whether by an event; otherwise a backfill or reconciliation has found them. */
  readonly isEvent: boolean;
  readonly inPlaceOf: readonly DeviceRecord[];
}

/** Records whose transitions are found, and told once the records are kept. */
export interface Preparation {
  /** Records that must not be kept now: another process is telling of their device. */
  readonly refused: ReadonlySet<DeviceRecord>;
  /** To be called when the records are kept, but for those of deleted users. Does not wait for handlers. */
  finish(erased: ReadonlySet<DeviceRecord>): Promise<void>;
  /** To be called when the records may not be kept: what is to be told is told when they come again. */
  abandon(): Promise<void>;
}

/** Subjects that are told of at the same time where nobody waits. */
const searchedAtOnce = 4;
/** By how much the latest time of an update is beyond the present, in ms. */
const tolerance = 1_000;
/** Pause between two searches for what is to be told, in ms. */
const searchPause = 30_000;
/** The longest pause between two searches when handlers fail, in ms. */
const longestPause = 900_000;
/** Pause until an event is tried again whose device is in the hands of another process, in ms. */
const busyPause = 1_000;

const nothing = { state: noState, lockedAt: undefined };

/** Finds the transitions of records that are kept, and tells their handlers. */
export class TransitionTeller {
  readonly handlers: TransitionHandlers = new TransitionHandlers();
  readonly #store: CheckedDeviceStore;
  readonly #states: StateStore;
  readonly #views: Views;
  readonly #clock: EnodeClock;
  readonly #onError: (error: unknown) => void;
  readonly #hands = new Hands();
  readonly #inOwnContext = captureContext();
  /** How the telling of a record ends. */
  readonly #told = new WeakMap<DeviceRecord, Promise<void>>();
  #searchedAt = Number.NEGATIVE_INFINITY;
  /** Grows as long as searches fail. */
  #pause = searchPause;
  #wakeAt = Number.POSITIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    store: CheckedDeviceStore,
    views: Views,
    clock: EnodeClock,
    onError: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#states = new StateStore(store);
    this.#views = views;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** @throws ConfigurationError */
  add(
    name: TransitionName | "*",
    handler: (transition: Transition) => unknown,
    options: object | undefined,
  ): () => void {
    const remove = this.handlers.add(name, handler, options);
    // For what an earlier process has left. Workers has no timers outside of requests: there the first event does it.
    // Not at once: a build imports this, too, and has no database.
    if (!isWorkers()) this.#wake(this.#now + searchPause);
    return () => {
      remove();
      if (!this.handlers.isEmpty) return;
      clearTimeout(this.#timer);
      this.#wakeAt = Number.POSITIVE_INFINITY;
    };
  }

  /**
   * Finds the transitions of records that are about to be kept, and keeps what is to be told first: whenever a process
   * ends, nothing is lost.
   *
   * @throws StoreError · RetryLaterError
   */
  async begin(
    records: readonly DeviceRecord[],
    { isEvent, inPlaceOf }: Arrival,
    time: number,
  ): Promise<Preparation> {
    const isHeard = !this.handlers.isEmpty && (isEvent || this.handlers.wantMissed);
    const hands = isHeard ? this.#handsOf(records) : [];
    if (!(await this.#hands.take(hands, time))) throw busy();
    const abandon = () => this.#letGo(hands, time);
    try {
      const how = { inPlaceOf, isMissed: !isEvent, now: this.#now, mayLapse: false };
      await this.#prepare(hands, how, time);
    } catch (error) {
      await abandon();
      throw error;
    }
    const refused = hands.filter(({ isRefused }) => isRefused);
    for (const hand of refused) {
      this.#hands.release(hand);
      this.#follow(hand, Promise.reject(busy()));
    }
    return {
      refused: new Set(refused.flatMap((hand) => hand.records)),
      finish: async (erased) => {
        await this.#forgetDeleted(records, erased, hands, time);
        for (const hand of hands) {
          if (!hand.isRefused) this.#follow(hand, this.#tell(hand, erased, time));
        }
      },
      abandon,
    };
  }

  /** Resolves when all that records have changed is told; rejects with what a handler has thrown. */
  async told(records: readonly DeviceRecord[]): Promise<void> {
    await Promise.all(records.map((record) => this.#told.get(record)));
  }

  /** The same where nobody would try again: then it is told later. */
  async toldOrReported(records: readonly DeviceRecord[]): Promise<void> {
    const all = new Set(records.flatMap((record) => this.#told.get(record) ?? []));
    await Promise.all([...all].map((each) => each.catch(this.#onError)));
  }

  /** Tells what is left over from time to time; to be called with every event. */
  search(): void {
    if (this.handlers.isEmpty || performance.now() - this.#searchedAt < this.#pause) return;
    this.#inOwnContext(() => this.#search());
  }

  /** The time by Enode's clock. */
  get #now(): number {
    return this.#clock.latest - tolerance;
  }

  async #search(): Promise<void> {
    this.#searchedAt = performance.now();
    let hasFailed = false;
    const onError = (error: unknown) => {
      hasFailed = true;
      this.#onError(error);
    };
    try {
      for await (const page of this.#states.waiting()) {
        await mapLimit(page, searchedAtOnce, ({ subject, state }) =>
          this.#look(subject, state).catch(onError),
        );
      }
    } catch (error) {
      onError(error);
    }
    this.#pause = hasFailed ? Math.min(2 * this.#pause, longestPause) : searchPause;
    if (hasFailed) this.#wake(this.#now + this.#pause);
  }

  /** Tells of a subject what is due. */
  async #look(subject: Subject, state: State): Promise<void> {
    const at = dueAt(state);
    const isDue = at !== undefined && at <= this.#now;
    if (at !== undefined && !isDue) this.#wake(at);
    if (!isDue && !state.pending.some((found) => this.handlers.isWanted(found))) return;
    const userId = (state.pending[0]?.next ?? state.position)?.userId ?? null;
    const hand: Hand = { subject, userId, records: [], state: undefined, isRefused: false };
    if (this.#hands.isHeld(hand) || !(await this.#hands.take([hand], syncTimeout))) return;
    try {
      const how = { inPlaceOf: [], isMissed: false, now: this.#now };
      await this.#prepare([hand], { ...how, mayLapse: true }, syncTimeout);
      // The process that holds the lock may be dead.
      if (hand.isRefused) this.#wake(this.#now + lease);
      await this.#tell(hand, new Set(), syncTimeout);
    } catch (error) {
      await this.#letGo([hand], syncTimeout);
      throw error;
    }
  }

  /** Searches at that time, or earlier. */
  #wake(at: number): void {
    if (at >= this.#wakeAt) return;
    clearTimeout(this.#timer);
    this.#wakeAt = at;
    const wake = () => {
      this.#wakeAt = Number.POSITIVE_INFINITY;
      if (!this.handlers.isEmpty) this.#inOwnContext(() => this.#search());
    };
    this.#timer = unref(setTimeout(wake, Math.max(0, at - this.#now)));
  }

  /** The records by whose transitions they are about; those that nobody wants to hear of are left out. */
  #handsOf(records: readonly DeviceRecord[]): Hand[] {
    const bySubject = new Map<string, { subject: Subject; records: DeviceRecord[] }>();
    for (const record of records) {
      const subject = this.#subjectOf(record);
      if (subject === undefined) continue;
      const key = keyOf(subject);
      const same = bySubject.get(key);
      if (same) same.records.push(record);
      else bySubject.set(key, { subject, records: [record] });
    }
    return [...bySubject.values()].map((each) => {
      const userId = each.records.at(-1)?.userId ?? null;
      return { ...each, userId, state: undefined, isRefused: false };
    });
  }

  #subjectOf(record: DeviceRecord): Subject | undefined {
    const { collection, id, kind } = record;
    if (collection === "actions") {
      const { targetId } = contentOf(record) ?? {};
      return this.handlers.wantActions && isId(targetId)
        ? { collection: "devices", id: targetId }
        : undefined;
    }
    if (collection === "bookmarks" || this.handlers.watchesOf(kind).length === 0) return undefined;
    return { collection, id };
  }

  /** Keeps what is to be told of these subjects, and the lock of each of which there is something. */
  async #prepare(hands: readonly Hand[], how: Circumstances, time: number): Promise<void> {
    if (hands.length === 0) return;
    const [stored, known] = await this.#read(hands, time);
    const changed = hands.flatMap((hand, index) => {
      const { state, lockedAt } = stored[index] ?? nothing;
      const isChanged =
        state.pending.some((found) => this.handlers.isWanted(found)) ||
        plan(this.handlers, hand, state, known, how) !== undefined;
      return isChanged ? [{ hand, subject: hand.subject, userId: hand.userId, lockedAt }] : [];
    });
    if (changed.length === 0) return;
    const isTaken = await this.#states.lock(changed, time);
    const locked: Hand[] = [];
    for (const [index, { hand }] of changed.entries()) {
      if (isTaken[index]) locked.push(hand);
      else hand.isRefused = true;
    }
    if (locked.length === 0) return;
    // Before the lock was taken another process may have told of them.
    for (const hand of locked) hand.state = noState;
    const [latest, latestKnown] = await this.#read(locked, time);
    const writes: { hand: Hand; state: State }[] = [];
    for (const [index, hand] of locked.entries()) {
      const { state } = latest[index] ?? nothing;
      const next = plan(this.handlers, hand, state, latestKnown, how);
      hand.state = next ?? state;
      if (next === undefined) continue;
      writes.push({ hand, state: next });
      this.#reportGivenUp(state.pending.filter((found) => !next.pending.includes(found)));
    }
    await this.#write(writes, time);
  }

  /** What no handler has taken in time is old news, and must not hold up what follows for ever. */
  #reportGivenUp(all: readonly Found[]): void {
    for (const found of all) {
      if (!this.handlers.isWanted(found)) continue;
      const message = `The transition ${found.name} was given up: its handlers have failed for a day.`;
      this.#onError(new EnodeError(message, { code: "discarded" }));
    }
  }

  async #write(
    writes: readonly { readonly hand: Hand; readonly state: State }[],
    time: number,
  ): Promise<void> {
    if (writes.length === 0) return;
    await this.#states.write(
      writes.map(({ hand: { subject, userId }, state }) => ({ subject, userId, state })),
      time,
    );
    for (const { state } of writes) this.#wake(dueAt(state) ?? Number.POSITIVE_INFINITY);
  }

  /** What is kept of subjects, and what the mirror knows of them and of their actions. */
  async #read(
    hands: readonly Hand[],
    time: number,
  ): Promise<[Awaited<ReturnType<StateStore["read"]>>, Known]> {
    const ids = {
      devices: new Set<string>(),
      users: new Set<string>(),
      actions: new Set<string>(),
    };
    for (const { subject, records } of hands) {
      ids[subject.collection].add(subject.id);
      for (const { collection, id } of records) if (collection === "actions") ids.actions.add(id);
    }
    const known = new Map<string, DeviceRecord>();
    const read = async (collection: keyof typeof ids) => {
      const found = await this.#store.getMany(collection, ids[collection], time);
      for (const record of found.values()) known.set(keyOf(record), record);
    };
    const [stored] = await Promise.all([
      this.#states.read(
        hands.map(({ subject }) => subject),
        time,
      ),
      read("devices"),
      read("users"),
      read("actions"),
    ]);
    return [stored, known];
  }

  /** Has records settle as this work does; each event awaits its own. */
  #follow(hand: Hand, work: Promise<void>): void {
    // There may be nobody who awaits it.
    work.catch(() => undefined);
    for (const record of hand.records) this.#told.set(record, work);
  }

  /** Tells all that is to be told of a subject, in its order, and gives its lock back. */
  async #tell(hand: Hand, erased: ReadonlySet<DeviceRecord>, time: number): Promise<void> {
    if (hand.state === undefined) {
      this.#hands.release(hand);
      return;
    }
    let { state } = hand;
    try {
      // What is left over may be of a user whose erasure has begun meanwhile; of records it is known already.
      const isErased =
        hand.records.length === 0
          ? await this.#isErased(hand)
          : hand.records.some((record) => erased.has(record));
      if (isErased) state = { ...state, pending: [], isOver: true };
      for (;;) {
        const found = state.pending.find((each) => this.handlers.isWanted(each));
        if (found === undefined) break;
        await this.handlers.call(found, await this.#transitionOf(found));
        const pending = state.pending.filter((each) => each !== found);
        state = { ...state, pending, version: Math.max(state.version + 1, Date.now()) };
        await this.#write([{ hand, state }], time);
        this.handlers.forget(found);
      }
    } catch (error) {
      // An event is not to blame for what an earlier one has left, and tells nothing itself.
      if (!isHeldUp(hand, state)) this.#onError(error);
      else throw error;
    } finally {
      // A user may have been erased while handlers ran.
      const isGone = state.isOver && state.pending.length === 0;
      try {
        if (isGone || (await this.#isErased(hand))) await this.#states.forget([hand.subject], time);
      } finally {
        await this.#letGo([hand], time);
      }
    }
  }

  async #isErased({ userId }: Hand): Promise<boolean> {
    return userId !== null && isErasure(await this.#store.get("users", userId));
  }

  async #letGo(hands: readonly Hand[], time: number): Promise<void> {
    const locked = hands.filter(({ state }) => state !== undefined);
    try {
      await this.#states.unlock(
        locked.map(({ subject }) => subject),
        time,
      );
    } catch (error) {
      // The lock ends by itself.
      this.#onError(error);
    }
    for (const hand of locked) hand.state = undefined;
    for (const hand of hands) this.#hands.release(hand);
  }

  /** Removes what is kept of deleted devices and users, where nothing is to be told of them. */
  async #forgetDeleted(
    records: readonly DeviceRecord[],
    erased: ReadonlySet<DeviceRecord>,
    hands: readonly Hand[],
    time: number,
  ): Promise<void> {
    if (this.handlers.isEmpty) return;
    const inHand = new Set(hands.flatMap(({ state, subject }) => (state ? keyOf(subject) : [])));
    const deleted = records.flatMap((record) => {
      const { collection, id, payload } = record;
      const isSubject = collection === "devices" || collection === "users";
      const isDeleted = payload === null || erased.has(record);
      return isSubject && isDeleted && !inHand.has(keyOf(record)) ? [{ collection, id }] : [];
    });
    await this.#states.forget(deleted, time);
  }

  /** @throws StoreError for a record that cannot be read */
  async #transitionOf(found: Found): Promise<Transition> {
    const { id, name, since, details, next, previous } = found;
    const base = { name, id, since: new Date(since), userId: next.userId, ...details };
    // What a name says is kept with it.
    return {
      ...base,
      ...(await this.#viewsOf(found.key, next, previous)),
    } as unknown as Transition;
  }

  async #viewsOf(key: string, next: DeviceRecord, previous: DeviceRecord | null): Promise<object> {
    const views = this.#views;
    const method = "getMany";
    if (key === actionKey) {
      const action = views.action(next, method);
      const device = await this.#store.get("devices", action.deviceId, eventTimeout);
      return {
        action,
        previous: previous ? views.action(previous, method) : undefined,
        device: device?.payload == null ? undefined : views.device(device, method),
      };
    }
    if (next.collection === "users") {
      return { user: views.user(next, method), previous: previous && views.user(previous, method) };
    }
    return {
      device: views.device(next, method),
      previous: previous && views.device(previous, method),
    };
  }
}

/** Whether something is to be told that the records in hand have begun. Without records it is all that there is. */
function isHeldUp({ records }: Hand, { pending }: State): boolean {
  return (
    records.length === 0 ||
    pending.some(({ next }) =>
      records.some((each) => keyOf(each) === keyOf(next) && each.observedAt === next.observedAt),
    )
  );
}

function busy(): RetryLaterError {
  return new RetryLaterError({
    after: busyPause,
    message: "Another process is telling of a transition of the same device: try again later.",
  });
}
