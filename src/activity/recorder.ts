import { invalidArgument } from "../errors/configuration.ts";
import type { Hooks } from "../hooks.ts";
import { callStore } from "../shared/call-store.ts";
import { describeError } from "../shared/describe-error.ts";
import { type KnownNames, refuseUnknownNames } from "../shared/known-names.ts";
import { refuseBlank } from "../shared/narrowing.ts";
import { storeFailure } from "../shared/store-failure.ts";
import { isErasure, maxBatchSize } from "../storage/contracts/device-store.ts";
import type { ActivityEntry, ActivityLog, DeviceStore } from "../storage/contracts/index.ts";
import { type AttachableReceiver, claimReceiver } from "../webhooks/receiver/claim-receiver.ts";
import { type Draft, entryOfCall, entryOfError, entryOfEvent } from "./entries.ts";
import { type Activity, type ActivityFilter, queryOf, timestampOf, toActivity } from "./query.ts";
import { isClosed, WriteBehind } from "./write-behind.ts";

/** How activity is recorded. */
export interface ActivityRecorderOptions {
  /** Where the entries are kept. */
  log: ActivityLog;
  /**
   * Whose activity it is: `<environment>:<clientId>`, as `enode.namespace` has it. Left out, `connect` takes it
   * from the client; it is never passed as undefined.
   */
  namespace?: string;
  /**
   * The store of a mirror. A command names its device only; with this the user of the device is looked up, so
   * that the command is found when the activity of the user is asked for. And users that were erased are known
   * by it: what comes late of them is not noted.
   */
  store?: DeviceStore | undefined;
  /** Called with everything that goes wrong: a StoreError. Default: a line by `console.error`. */
  onError?: ((error: unknown) => unknown) | undefined;
}

const known: KnownNames<ActivityRecorderOptions> = { log: 0, namespace: 0, store: 0, onError: 0 };
/** Time for one call of a store, in ms. */
const storeTimeout = 10_000;
/** Events that are remembered, so that one that is handled again is noted once. */
const maxRemembered = 10_000;

/**
 * Notes what this host does at Enode and what it hears of, so that "what happened to this user's car on Tuesday"
 * has an answer: calls that may have changed something, failures of any call, and webhook events. Not plain
 * reads, and no contents: neither places, VINs and serial numbers nor tokens, secrets, messages and link URLs.
 *
 * It neither fails nor delays a call or an event. Entries are gathered for a second and written together; while
 * the log fails, up to 10,000 wait. Beyond that, or when a batch has failed 8 times, entries are dropped, and
 * `onError` is told. A write that fails after the log has kept it is repeated, as is an event that is handled
 * again after a crash: such an entry can stand there twice.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { ActivityRecorder } from "enode-sdk/mirror";
 * import type { ActivityLog } from "enode-sdk/storage";
 *
 * export async function lastTuesday(log: ActivityLog, clientSecret: string): Promise<void> {
 *   const recorder = new ActivityRecorder({ log });
 *   const enode = new Enode({
 *     environment: "production",
 *     clientId: "my-client",
 *     clientSecret,
 *     hooks: recorder.hooks,
 *   });
 *   recorder.connect(enode);
 *   await enode.vehicles.startCharging("the-car");
 *
 *   const found = await recorder.activity({
 *     deviceId: "the-car",
 *     from: new Date("2026-03-03T00:00:00+01:00"),
 *     to: new Date("2026-03-04T00:00:00+01:00"),
 *   });
 *   for (const { at, name, details } of found) console.log(at, name, details.state ?? details.code);
 *   await recorder.flush(); // before the process ends
 * }
 * ```
 */
export class ActivityRecorder {
  /**
   * What to hand to a client as its `hooks`; see {@link combineHooks} when you have hooks of your own. To one client
   * only: events of hooks name no client, so that the calls of another would be noted as those of this one.
   */
  readonly hooks: Hooks;
  readonly #options: ActivityRecorderOptions;
  readonly #writes: WriteBehind<Draft>;
  readonly #seen = new Set<string>();
  /** Users of whom it is not known whether they were erased while something of them was written. */
  readonly #unchecked = new Set<string>();
  #namespace: string | undefined;

  /**
   * @throws ConfigurationError for an option that does not exist, or a log, store or namespace that is none.
   */
  constructor(options: ActivityRecorderOptions) {
    if (typeof options !== "object" || options === null) {
      throw invalidArgument("options", "new ActivityRecorder() takes an object of options.");
    }
    refuseUnknownNames("new ActivityRecorder()", options, known);
    const { log, store, onError = printError } = options;
    for (const method of ["record", "list", "prune", "erase"] as const) {
      if (typeof log?.[method] === "function") continue;
      throw invalidArgument("log", `log must be an ActivityLog, with the method ${method}.`);
    }
    if (store !== undefined && typeof store?.getMany !== "function") {
      throw invalidArgument("store", "store must be a DeviceStore, with the method getMany.");
    }
    if (typeof onError !== "function") {
      throw invalidArgument("onError", "onError must be a function.");
    }
    refuseBlank(options, ["namespace"]);
    this.#namespace = options.namespace;
    this.#options = options;
    // Inside a promise, so that what the host makes of it changes nothing here.
    const report = (error: unknown) => {
      Promise.resolve(error)
        .then(onError)
        .catch(() => undefined);
    };
    this.#writes = new WriteBehind((batch) => this.#write(batch, report), report);
    this.hooks = {
      onResponse: (event) => {
        const entry = entryOfCall(event, Date.now());
        if (entry) this.#writes.add(entry);
      },
      onError: (event) => this.#writes.add(entryOfError(event, Date.now())),
    };
  }

  /**
   * Takes the namespace from the client whose `hooks` these are. Call it when the client is made; what was noted
   * before is written after it.
   *
   * @throws ConfigurationError for a client of another namespace, or one without a `clientId`.
   */
  connect(enode: { readonly namespace: string }): void {
    const namespace = enode?.namespace;
    if (typeof namespace !== "string") {
      throw invalidArgument("enode", "enode must be an Enode client.");
    }
    if (namespace.endsWith(":")) {
      throw invalidArgument("enode", "The client needs a clientId: it is part of the namespace.");
    }
    if (this.#namespace !== undefined && this.#namespace !== namespace) {
      throw invalidArgument(
        "enode",
        `enode is of ${namespace}, and this recorder of ${this.#namespace}: each client needs a recorder of its own.`,
      );
    }
    this.#namespace = namespace;
  }

  /**
   * Notes the events of a receiver, heartbeats left out. Attach it before handlers that may fail: those after
   * them in line do not hear of the event until it comes again.
   *
   * @returns The function that ends it.
   * @throws ConfigurationError for a receiver of another client, one with a store and without the `namespace` of
   * the client, or when neither `namespace` nor `connect` has told whose activity it is.
   */
  attach(receiver: AttachableReceiver): () => void {
    const release = claimReceiver(receiver, this.#knownNamespace(), "the recorder");
    const detach = receiver.on("*", (event, { id }) => {
      if (event.event === "system:heartbeat" || this.#seen.has(id)) return;
      this.#seen.add(id);
      const [oldest] = this.#seen;
      if (this.#seen.size > maxRemembered && oldest !== undefined) this.#seen.delete(oldest);
      this.#writes.add(entryOfEvent(event));
    });
    return () => {
      detach();
      release();
    };
  }

  /**
   * What happened, oldest first; what is still to be written is written before.
   *
   * @throws ConfigurationError for a filter without an ID, or an option that cannot work · StoreError
   */
  async activity(filter: ActivityFilter): Promise<Activity[]> {
    const query = queryOf(filter);
    const namespace = this.#knownNamespace();
    await this.flush();
    const { log } = this.#options;
    return call("activityLog", "list", async () => {
      const entries = await log.list(namespace, query);
      return entries.map(toActivity);
    });
  }

  /**
   * Forgets what happened before a moment (a number is in ms since the epoch). Tells how many entries.
   *
   * @throws ConfigurationError for what is no moment · StoreError
   */
  async prune(olderThan: Date | number): Promise<number> {
    const { log } = this.#options;
    const namespace = this.#knownNamespace();
    const before = timestampOf("olderThan", olderThan);
    return call("activityLog", "prune", () => log.prune(namespace, before));
  }

  /**
   * Resolves when what was noted by now is written, or could not be; of that `onError` is told. Call it before
   * the process ends, and before a user is erased.
   */
  async flush(): Promise<void> {
    await this.#writes.flush();
  }

  async #write(batch: readonly Draft[], report: (error: unknown) => void): Promise<void> {
    const { log } = this.#options;
    const namespace = this.#knownNamespace();
    const failures: unknown[] = [];
    const owners = await this.#ownersOf(batch).catch((error: unknown) => {
      // Better without its user than not at all.
      failures.push(error);
      return new Map<string, string | null>();
    });
    const all = batch.map((entry): ActivityEntry => {
      const userId = entry.userId ?? owners.get(entry.deviceId ?? "") ?? null;
      return { ...entry, namespace, userId };
    });
    const users = new Set(all.flatMap(({ userId }) => userId ?? []));
    const erased = await this.#erasedOf(users).catch((error: unknown) => {
      // Looked at again below.
      failures.push(error);
      return new Set<string | null>();
    });
    const entries = all.filter(({ userId }) => !erased.has(userId));
    let isLogClosed = false;
    try {
      if (entries.length > 0) await call("activityLog", "record", () => log.record(entries));
    } catch (error) {
      isLogClosed = isClosed(error);
      throw error;
    } finally {
      // A storage that was closed is reported once, and not by each of its stores.
      if (!isLogClosed) for (const failure of failures) report(failure);
    }
    // What is written is written: no failure from here on may have it written again.
    await this.#removeErased(users).catch(report);
  }

  /** Removes again what was written of a user while it was erased, whichever of the two came first. */
  async #removeErased(written: Iterable<string>): Promise<void> {
    const { log } = this.#options;
    const namespace = this.#knownNamespace();
    for (const userId of written) this.#unchecked.add(userId);
    const checked = new Set([...this.#unchecked].slice(0, maxBatchSize));
    const erased = [...(await this.#erasedOf(checked))].filter((id) => id !== null);
    if (erased.length > 0) await call("activityLog", "erase", () => log.erase(namespace, erased));
    for (const userId of checked) this.#unchecked.delete(userId);
    // The oldest are left unchecked for longer than any outage of a store that is not the log's own.
    for (const userId of this.#unchecked) {
      if (this.#unchecked.size <= maxRemembered) break;
      this.#unchecked.delete(userId);
    }
  }

  /** Which of these users the host has erased. */
  async #erasedOf(users: ReadonlySet<string>): Promise<Set<string | null>> {
    const { store } = this.#options;
    const namespace = this.#knownNamespace();
    if (!store || users.size === 0) return new Set();
    return call("deviceStore", "getMany", async () => {
      const records = await store.getMany(namespace, "users", [...users]);
      return new Set(records.filter(isErasure).map(({ id }) => id));
    });
  }

  #knownNamespace(): string {
    if (this.#namespace !== undefined) return this.#namespace;
    throw invalidArgument(
      "namespace",
      "It is not known whose activity this is: call recorder.connect(enode), or pass namespace.",
    );
  }

  /** The users of the devices whose users the entries do not tell. */
  async #ownersOf(batch: readonly Draft[]): Promise<Map<string, string | null>> {
    const { store } = this.#options;
    const namespace = this.#knownNamespace();
    const ids = new Set(
      batch.flatMap(({ userId, deviceId }) => (userId === null && deviceId) || []),
    );
    if (!store || ids.size === 0) return new Map();
    return call("deviceStore", "getMany", async () => {
      const records = await store.getMany(namespace, "devices", [...ids]);
      return new Map(records.map(({ id, userId }) => [id, userId]));
    });
  }
}

/** Calls a store. What makes no use of its answer fails by itself. */
function call<T>(store: string, method: string, work: () => Promise<T>): Promise<T> {
  const isAnswer = (_answer: unknown): _answer is T => true;
  return callStore({ store, method, timeout: storeTimeout }, work, isAnswer, () => ({
    storeFailure,
  }));
}

function printError(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: a failure that nobody is told of would be worse; onError replaces it.
  console.error(`enode-sdk: activity was not recorded. ${describeError(error)}`);
}
