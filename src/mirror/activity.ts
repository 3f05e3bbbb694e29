import { StoreError } from "../errors.ts";
import type { Hooks } from "../hooks.ts";
import { withoutUndefined } from "../shared/optional.ts";
import type { ActivityEntry, ActivityLog, DeviceStore } from "../storage/contracts.ts";
import { invalidArgument } from "../webhooks/arguments.ts";
import type { WebhookReceiver } from "../webhooks/receiver.ts";
import { wordsOf } from "../webhooks/reporter.ts";
import { within } from "../webhooks/within.ts";
import { WriteBehind } from "./activity-buffer.ts";
import {
  type ActivityDetails,
  type Draft,
  entryOfCall,
  entryOfError,
  entryOfEvent,
} from "./activity-entry.ts";

export type { ActivityDetails } from "./activity-entry.ts";
export { combineHooks } from "./activity-hooks.ts";

/** How activity is recorded. */
export interface ActivityRecorderOptions {
  /** Where the entries are kept. */
  log: ActivityLog;
  /** Whose activity it is: `<environment>:<clientId>`, as `enode.namespace` has it. */
  namespace: string;
  /**
   * The store of a mirror. A command names its device only; with this the user of the device is looked up, so
   * that the command is found when the activity of the user is asked for.
   */
  store?: DeviceStore;
  /** Called with everything that goes wrong: a StoreError. Default: a line by `console.error`. */
  onError?: (error: unknown) => unknown;
}

/** Whose activity to list, and when. At least one ID is needed. */
export interface ActivityFilter {
  /** ID of the user at Enode. */
  userId?: string | undefined;
  deviceId?: string | undefined;
  actionId?: string | undefined;
  /** From this moment on; a number is in ms since the epoch. */
  from?: Date | number | undefined;
  /** Before this moment; a number is in ms since the epoch. */
  to?: Date | number | undefined;
  /** How many at most: the latest ones. Default 1,000. */
  limit?: number | undefined;
}

/** Something that happened. */
export interface Activity {
  /** By Enode's clock for events, by that of this host for calls. */
  at: Date;
  /** `event` came by webhook, `call` changed something at Enode, `error` failed. Others may come. */
  type: string;
  /** Name of the event or operation, such as `user:vehicle:updated` or `controlVehicleCharging`. */
  name: string;
  userId: string | null;
  deviceId: string | null;
  actionId: string | null;
  details: ActivityDetails;
}

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
 *   const recorder = new ActivityRecorder({ log, namespace: "production:my-client" });
 *   const enode = new Enode({
 *     environment: "production",
 *     clientId: "my-client",
 *     clientSecret,
 *     hooks: recorder.hooks,
 *   });
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
  /** What to hand to the client as its `hooks`; see {@link combineHooks} when you have hooks of your own. */
  readonly hooks: Hooks;
  readonly #options: ActivityRecorderOptions;
  readonly #writes: WriteBehind<Draft>;
  readonly #seen = new Set<string>();

  /** @throws ConfigurationError when the log or the namespace is missing. */
  constructor(options: ActivityRecorderOptions) {
    const { log, namespace, onError = printError } = options;
    if (typeof log?.record !== "function")
      throw invalidArgument("log", "log must be an ActivityLog.");
    if (typeof namespace !== "string" || namespace === "") {
      throw invalidArgument("namespace", "namespace must be a text, such as enode.namespace.");
    }
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
   * Notes the events of a receiver, heartbeats left out. Attach it before handlers that may fail: those after
   * them in line do not hear of the event until it comes again.
   *
   * @returns The function that ends it.
   * @throws ConfigurationError when the receiver has a namespace, and it is another one.
   */
  attach(receiver: WebhookReceiver): () => void {
    const { namespace } = this.#options;
    // A receiver that was told nothing has this one.
    if (receiver.namespace !== "default" && receiver.namespace !== namespace) {
      throw invalidArgument(
        "receiver",
        `receiver is of the namespace ${receiver.namespace}, and this recorder of ${namespace}.`,
      );
    }
    return receiver.on("*", (event, { id }) => {
      if (event.event === "system:heartbeat" || this.#seen.has(id)) return;
      this.#seen.add(id);
      const [oldest] = this.#seen;
      if (this.#seen.size > maxRemembered && oldest !== undefined) this.#seen.delete(oldest);
      this.#writes.add(entryOfEvent(event));
    });
  }

  /**
   * What happened, oldest first; what is still to be written is written before.
   *
   * @throws ConfigurationError for a filter without an ID, or an option that cannot work · StoreError
   */
  async activity(filter: ActivityFilter): Promise<Activity[]> {
    const { userId, deviceId, actionId, limit = 1_000 } = filter;
    const ids = [userId, deviceId, actionId].filter((id) => id !== undefined);
    // Without one it would answer with the activity of all users.
    if (ids.length === 0 || !ids.every((id) => typeof id === "string" && id !== "")) {
      throw invalidArgument(
        "filter",
        "A userId, deviceId or actionId is needed, and none may be empty.",
      );
    }
    if (!Number.isSafeInteger(limit) || limit < 1) {
      throw invalidArgument("limit", "limit must be a whole number from 1.");
    }
    const from = filter.from === undefined ? undefined : momentOf("from", filter.from);
    const to = filter.to === undefined ? undefined : momentOf("to", filter.to);
    await this.flush();
    const { log, namespace } = this.#options;
    const query = withoutUndefined({ userId, deviceId, actionId, from, to, limit });
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
    const { log, namespace } = this.#options;
    const before = momentOf("olderThan", olderThan);
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
    const { log, namespace } = this.#options;
    const owners = await this.#ownersOf(batch).catch((error: unknown) => {
      // Better without its user than not at all.
      report(error);
      return new Map<string, string | null>();
    });
    const entries = batch.map((entry): ActivityEntry => {
      const userId = entry.userId ?? owners.get(entry.deviceId ?? "") ?? null;
      return { ...entry, namespace, userId };
    });
    await call("activityLog", "record", () => log.record(entries));
  }

  /** The users of the devices whose users the entries do not tell. */
  async #ownersOf(batch: readonly Draft[]): Promise<Map<string, string | null>> {
    const { store, namespace } = this.#options;
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

function toActivity({
  at,
  type,
  name,
  userId,
  deviceId,
  actionId,
  details,
}: ActivityEntry): Activity {
  const parsed: unknown = JSON.parse(details);
  if (typeof parsed !== "object" || parsed === null) throw new Error("details are no object");
  return { at: new Date(at), type, name, userId, deviceId, actionId, details: parsed };
}

function momentOf(parameter: string, value: Date | number): number {
  const moment = Number(value);
  if (Number.isFinite(moment)) return moment;
  throw invalidArgument(
    parameter,
    `${parameter} must be a Date, or a number of ms since the epoch.`,
  );
}

async function call<T>(store: string, method: string, work: () => Promise<T>): Promise<T> {
  try {
    return await within(storeTimeout, work, () => new Error(`took more than ${storeTimeout} ms`));
  } catch (cause) {
    throw new StoreError(`${store}.${method} failed: ${wordsOf(cause)}.`, { store, method, cause });
  }
}

function printError(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: a failure that nobody is told of would be worse; onError replaces it.
  console.error(`enode-sdk: activity was not recorded. ${wordsOf(error)}`);
}
