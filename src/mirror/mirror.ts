import type { WebhookEvent } from "../../generated/types.ts";
import type { Enode } from "../enode.ts";
import { invalidArgument } from "../errors/configuration.ts";
import { isStoreError } from "../errors/index.ts";
import { checkAttachedOptions } from "../shared/attached-options.ts";
import { describeError } from "../shared/describe-error.ts";
import type { KnownNames } from "../shared/known-names.ts";
import type { DeviceStore } from "../storage/contracts/index.ts";
import { type AttachableReceiver, claimReceiver } from "../webhooks/receiver/claim-receiver.ts";
import { EventApplier } from "./ingest/event-applier.ts";
import { userIdIn } from "./ingest/event-effects.ts";
import type { ReadListener } from "./ingest/read-listeners.ts";
import { RecordWriter } from "./ingest/record-writer.ts";
import { UserReader } from "./ingest/user-reader.ts";
import { EnodeClock } from "./model/enode-clock.ts";
import { ChangeListeners } from "./read/change-listeners.ts";
import { MirroredActions, MirroredDevices, MirroredUsers } from "./read/lists.ts";
import { Views } from "./read/views.ts";
import { Bookmarks } from "./store/bookmarks.ts";
import { CheckedDeviceStore } from "./store/checked-store.ts";
import { type BackfillResult, backfill } from "./sync/backfill.ts";
import type { MirrorContext } from "./sync/context.ts";
import type { SyncOptions } from "./sync/lister.ts";
import { type ReconcileOptions, type ReconcileResult, reconcile } from "./sync/reconcile.ts";
import { type MirrorReport, report } from "./sync/report.ts";
import type {
  AllOptions,
  ImportOptions,
  LevelOptions,
  TemperatureOptions,
  Transition,
  TransitionName,
  TransitionOptions,
  Transitions,
} from "./transitions/transition.ts";
import { TransitionTeller } from "./transitions/transition-teller.ts";

/** Options of a mirror. */
export interface MirrorOptions {
  /** The client whose devices, actions and users are mirrored. It needs a `clientId`. */
  enode: Enode;
  /** Store of the copy, such as `sqliteStorage({ path }).deviceStore`. Several processes may share it. */
  store: DeviceStore;
  /**
   * Called with errors that fail no call: invalid events and records, callbacks that throw. Default: logs a line
   * with `console.error`.
   */
  onError?: ((error: unknown) => unknown) | undefined;
}

const known: KnownNames<MirrorOptions> = { enode: 0, store: 0, onError: 0 };
const storeMethods = [
  "upsert",
  "get",
  "getMany",
  "list",
  "listByUser",
  "remove",
] as const satisfies readonly (keyof DeviceStore)[];

const patterns = [
  "user:*:discovered",
  "user:*:updated",
  "user:*:deleted",
  "user:credentials:invalidated",
  // For what is to be told although no other event comes.
  "system:heartbeat",
] as const;

/**
 * Your own copy of all devices, actions and users of a client. `attach` keeps it fresh by webhook, `backfill`
 * fills it, and `reconcile` repairs it after an outage. In whatever order updates arrive, and however often, a
 * record never returns to an older state.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { Mirror } from "enode-sdk/mirror";
 * import { sqliteStorage } from "enode-sdk/storage/sqlite";
 * import { WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const { deviceStore, eventStore } = sqliteStorage({ path: "enode.db" });
 * const enode = Enode.fromEnv();
 * const secret = process.env["ENODE_WEBHOOK_SECRET"] ?? "";
 * const receiver = new WebhookReceiver({ secret, store: eventStore, namespace: enode.namespace });
 *
 * const mirror = new Mirror({ enode, store: deviceStore });
 * mirror.attach(receiver);
 * receiver.start();
 * await mirror.backfill();
 *
 * const device = await mirror.devices.get("a-device-id");
 * if (device?.kind === "vehicle" && !device.partial) {
 *   console.log(device.data.chargeState.batteryLevel, "% at", device.observedAt);
 * }
 * ```
 */
export class Mirror {
  /** Whose devices it has: `<environment>:<clientId>`, as `enode.namespace` has it. */
  readonly namespace: string;
  /** The devices and HEM systems of the copy. */
  readonly devices: MirroredDevices;
  /** The actions of the copy. */
  readonly actions: MirroredActions;
  /** The users of the copy, with their vendor accounts. */
  readonly users: MirroredUsers;
  readonly #context: MirrorContext;
  readonly #applier: EventApplier;
  readonly #teller: TransitionTeller;

  /** @throws ConfigurationError for a client without a `clientId`, or a store that is none. */
  constructor(options: MirrorOptions) {
    const owner = { name: "Mirror", known, store: "DeviceStore", methods: storeMethods };
    const { namespace, report } = checkAttachedOptions(options, owner, printError);
    const { enode, store } = options;
    const guarded = new CheckedDeviceStore(store, namespace);
    const views = new Views(guarded);
    const listeners = new ChangeListeners(views, report);
    const clock = new EnodeClock(enode);
    const teller = new TransitionTeller(guarded, views, clock, report);
    const writer: RecordWriter = new RecordWriter(guarded, listeners, teller, (id, since) =>
      users.read(id, since),
    );
    const users = new UserReader(enode, writer, clock);
    const bookmarks = new Bookmarks(guarded);
    this.#context = { enode, store: guarded, writer, views, bookmarks, clock, onError: report };
    this.#applier = new EventApplier(namespace, writer, users, clock, teller, report);
    this.#teller = teller;
    this.namespace = namespace;
    this.devices = new MirroredDevices(guarded, views, listeners);
    this.actions = new MirroredActions(guarded, views);
    this.users = new MirroredUsers(guarded, views);
  }

  /**
   * Applies the events of a receiver. An event counts as handled when the store has it; handlers that are added
   * later find the mirror up to date. A late event of a user that was erased counts as handled although a handler
   * fails, so that it leaves no dead letter.
   *
   * @returns The function that ends it.
   * @throws ConfigurationError for a receiver of another client, or one with a store and without the `namespace`
   * of the client.
   */
  attach(receiver: AttachableReceiver): () => void {
    const detach = [
      claimReceiver(receiver, this.#context.enode.namespace, "the mirror"),
      ...patterns.map((pattern) => {
        // A custom receiver may have handlers of single events only.
        if (!receiver.onBatch) {
          return receiver.on(pattern, (event, { attempt }) =>
            this.#applier.apply([event], attempt > 1),
          );
        }
        return receiver.onBatch(pattern, (events, { contexts }) =>
          this.#applier.apply(
            events,
            contexts.some(({ attempt }) => attempt > 1),
          ),
        );
      }),
    ];
    const forgiven = receiver.forgive?.(async (event, error) => {
      const userId = userIdIn(event);
      // An event that the store has not kept, or has not removed again, must be delivered again.
      return (
        !isStoreError(error) &&
        userId !== undefined &&
        (await this.#context.writer.isErased(userId))
      );
    });
    if (forgiven) detach.push(forgiven);
    return () => {
      for (const each of detach) each();
    };
  }

  /**
   * Applies one event, or several in their order. For hosts that read events from a queue of their own; `attach`
   * does it for a receiver. Events that the mirror does not use are ignored, and events may be repeated.
   *
   * @throws StoreError when the store failed, and the errors of `users.get` when a user could not be read: apply
   * the event again later.
   */
  apply(events: WebhookEvent | readonly WebhookEvent[]): Promise<void> {
    // A queue of the host does not say which attempt it is.
    return this.#applier.apply(Array.isArray(events) ? events : [events], true);
  }

  /**
   * Calls back with devices that `backfill`, `reconcile` and reads get from Enode, whether they are news or not.
   * Events are not among them: they reach handlers of the receiver. What it returns is awaited, and a failure fails
   * the call that has read them, so that they come again.
   *
   * @returns The function that ends it.
   * @throws ConfigurationError for a callback that is no function.
   *
   * @example
   * ```ts
   * import type { Mirror } from "enode-sdk/mirror";
   *
   * export function printRead(mirror: Mirror): () => void {
   *   return mirror.onRead((devices) => {
   *     for (const { kind, id, observedAt } of devices) console.log(kind, id, observedAt);
   *   });
   * }
   * ```
   */
  onRead(callback: ReadListener): () => void {
    if (typeof callback !== "function") {
      throw invalidArgument("callback", "mirror.onRead() takes a function.");
    }
    return this.#context.writer.readListeners.add(callback);
  }

  /**
   * Lists everything at Enode and keeps it. Events that arrive meanwhile win over older pages. After an
   * interruption the next backfill continues where this one stopped, also in another process, within a day.
   *
   * @throws ConfigurationError · StoreError · PaginationLoopError · AbortError · and what lists throw
   */
  backfill(options: SyncOptions = {}): Promise<BackfillResult> {
    return backfill(this.#context, options);
  }

  /**
   * Lists everything at Enode, compares it with the copy, and repairs the copy: after an outage, when events were
   * lost, or on a schedule. A record that Enode no longer lists is read by its ID before it counts as deleted, and
   * so are actions that are still pending.
   *
   * @throws ConfigurationError · StoreError · PaginationLoopError · AbortError · and what lists throw
   *
   * @example
   * ```ts
   * import type { Mirror } from "enode-sdk/mirror";
   *
   * export async function everyNight(mirror: Mirror): Promise<void> {
   *   const { counts, webhooks } = await mirror.reconcile({ webhooks: "reactivate" });
   *   console.log(counts, webhooks.length);
   * }
   * ```
   */
  async reconcile(options: ReconcileOptions = {}): Promise<ReconcileResult> {
    return reconcile(this.#context, options);
  }

  /**
   * Calls a handler for each transition of this name: a change between two states of a device, such as
   * `vehicle:plugged-in`. `*` stands for all names.
   *
   * Each is told once, in the order of the device, whatever is delivered again or late, also when several processes
   * share the store: what was told is kept there. All of them should have the same handlers. The first state of a
   * device is where it begins, and tells nothing; a value of null is not known, and no change.
   *
   * A handler is part of the handling of its event. When it throws, the event fails and is handed out again, as with
   * handlers of events: `RetryLaterError` and `DiscardError` do what they do there. A handler that has succeeded is not
   * called again for the same transition, unless the process ended in between: then `id` is the same. Later transitions
   * of the device wait; what no handler has taken after a day is given up, and reported to `onError`.
   *
   * @returns The function that removes it.
   * @throws ConfigurationError for an unknown name, a handler that is no function, or an invalid option: a bound that is
   * missing, no number or on the wrong side of the other one, a negative hysteresis, a `settle` that is no time span.
   *
   * @example
   * ```ts
   * import type { Mirror } from "enode-sdk/mirror";
   *
   * export function notifications(mirror: Mirror, push: (userId: string | null, text: string, id: string) => Promise<void>) {
   *   mirror.onTransition("vehicle:charging-completed", ({ device, userId, id }) =>
   *     push(userId, `Your car is full: ${device.data.chargeState.batteryLevel} %.`, id),
   *   );
   *   mirror.onTransition("device:unreachable", ({ userId, id }) => push(userId, "Out of reach.", id), { settle: "10m" });
   * }
   * ```
   */
  onTransition(
    name: "vehicle:level-crossed",
    handler: (transition: Transitions["vehicle:level-crossed"]) => unknown,
    options: LevelOptions,
  ): () => void;
  onTransition(
    name: "battery:level-crossed",
    handler: (transition: Transitions["battery:level-crossed"]) => unknown,
    options: LevelOptions,
  ): () => void;
  onTransition(
    name: "meter:import-above",
    handler: (transition: Transitions["meter:import-above"]) => unknown,
    options: ImportOptions,
  ): () => void;
  onTransition(
    name: "hvac:temperature-reached",
    handler: (transition: Transitions["hvac:temperature-reached"]) => unknown,
    options?: TemperatureOptions,
  ): () => void;
  onTransition(
    name: "action:failed",
    handler: (transition: Transitions["action:failed"]) => unknown,
    options?: Pick<TransitionOptions, "catchUp">,
  ): () => void;
  onTransition<
    Name extends Exclude<
      TransitionName,
      | "vehicle:level-crossed"
      | "battery:level-crossed"
      | "meter:import-above"
      | "hvac:temperature-reached"
      | "action:failed"
    >,
  >(
    name: Name,
    handler: (transition: Transitions[Name]) => unknown,
    options?: TransitionOptions,
  ): () => void;
  onTransition(
    name: "*",
    handler: (transition: Transition) => unknown,
    options?: AllOptions,
  ): () => void;
  onTransition(
    name: TransitionName | "*",
    handler: (transition: never) => unknown,
    options?: object,
  ): () => void {
    // Each handler is called with the transitions of its name only.
    return this.#teller.add(name, handler as (transition: Transition) => unknown, options);
  }

  /**
   * Reports vendor accounts that seem to be linked to several users, inactive webhooks, and when the copy was last
   * filled and repaired.
   *
   * @throws StoreError · and what `webhooks.list` throws
   */
  report(): Promise<MirrorReport> {
    return report(this.#context);
  }
}

function printError(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: a failure must not be silent; onError replaces it.
  console.error(`enode-sdk: the mirror skipped something. ${describeError(error)}`);
}
