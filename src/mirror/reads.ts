import { invalidArgument } from "../core/arguments.ts";
import { withoutUndefined } from "../shared/optional.ts";
import type { DeviceRecord } from "../storage/contracts.ts";
import type { GuardedStore } from "./guard.ts";
import type { DeviceKind } from "./kinds.ts";
import type {
  DeletedDevice,
  MirroredAction,
  MirroredDevice,
  MirroredUser,
  Views,
} from "./views.ts";
import type { DeviceChange, Watchers } from "./watchers.ts";

/** A list that is read from the store page by page, as it is used. */
export class MirrorList<T> implements AsyncIterable<T> {
  readonly #read: () => AsyncGenerator<T, void, undefined>;

  /** @internal */
  constructor(read: () => AsyncGenerator<T, void, undefined>) {
    this.#read = read;
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.#read();
  }

  /**
   * Up to `limit` of them in an array. The limit is required, as there can be more than fit in memory;
   * `Infinity` takes them all.
   *
   * @throws ConfigurationError when the limit is not a whole number above 0 · StoreError
   */
  async toArray(options: { limit: number }): Promise<T[]> {
    // Without types the limit is easily forgotten, and then must not be found out by a TypeError.
    const limit = options?.limit;
    if (!(limit === Number.POSITIVE_INFINITY || (Number.isInteger(limit) && limit > 0))) {
      throw invalidArgument("limit", `limit must be a whole number above 0, but it is ${limit}.`);
    }
    const found: T[] = [];
    for await (const each of this) {
      found.push(each);
      if (found.length >= limit) break;
    }
    return found;
  }
}

/** Which devices to list. */
export interface DeviceQuery<Kind extends DeviceKind = DeviceKind> {
  /** Those of one Enode user. */
  userId?: string | undefined;
  kind?: Kind | undefined;
  vendor?: string | undefined;
  /** Those of which nothing was heard for so many ms. */
  stale?: number | undefined;
}

/** The devices that the mirror knows. */
export class MirroredDevices {
  readonly #store: GuardedStore;
  readonly #views: Views;
  readonly #watchers: Watchers;

  /** @internal */
  constructor(store: GuardedStore, views: Views, watchers: Watchers) {
    this.#store = store;
    this.#views = views;
    this.#watchers = watchers;
  }

  /**
   * One device; undefined when it is unknown or was deleted.
   *
   * @throws StoreError
   */
  async get(deviceId: string): Promise<MirroredDevice | undefined> {
    const record = await this.#store.get("devices", deviceId);
    if (!record || record.payload === null) return undefined;
    // It has a payload, so it was not deleted.
    return this.#views.device(record, "get") as MirroredDevice;
  }

  /**
   * Lists devices, in an order that is always the same. Deleted ones are among them when `includeDeleted` is
   * set: their `data` is null, and `deletedAt` tells since when. What goes wrong with the store is thrown, as
   * StoreError, when the list is used.
   *
   * @throws ConfigurationError when `stale` is not a number from 0.
   *
   * @example
   * ```ts
   * import type { Mirror } from "enode-sdk/mirror";
   *
   * export async function silentVehicles(mirror: Mirror): Promise<string[]> {
   *   const silent: string[] = [];
   *   for await (const device of mirror.devices.list({ kind: "vehicle", stale: 3_600_000 })) {
   *     silent.push(device.data.information.displayName ?? device.id);
   *   }
   *   return silent;
   * }
   * ```
   */
  list<Kind extends DeviceKind = DeviceKind>(
    query?: DeviceQuery<Kind> & { includeDeleted?: false | undefined },
  ): MirrorList<MirroredDevice<Kind>>;
  list<Kind extends DeviceKind = DeviceKind>(
    query: DeviceQuery<Kind> & { includeDeleted?: boolean | undefined },
  ): MirrorList<MirroredDevice<Kind> | DeletedDevice<Kind>>;
  list(
    query: DeviceQuery & { includeDeleted?: boolean | undefined } = {},
  ): MirrorList<MirroredDevice | DeletedDevice> {
    const { userId, kind, vendor, stale, includeDeleted } = query;
    if (stale !== undefined && !(stale >= 0)) {
      throw invalidArgument("stale", "stale must be a number of milliseconds, 0 or more.");
    }
    return new MirrorList(() => {
      const observedBefore = stale === undefined ? undefined : Date.now() - stale;
      const asked = withoutUndefined({ kind, vendor, observedBefore, includeDeleted });
      return each(this.#store, { collection: "devices", ...asked }, userId, (record, method) =>
        this.#views.device(record, method),
      );
    });
  }

  /**
   * Tells of every change of a device that comes to the mirror in this process: by webhook, backfill or
   * reconciliation. What the callback throws goes to `onError` and breaks nothing.
   *
   * @returns The function that ends it.
   *
   * @example
   * ```ts
   * import type { Mirror } from "enode-sdk/mirror";
   *
   * export function log(mirror: Mirror): () => void {
   *   return mirror.devices.watch(({ type, device }) => console.log(type, device.kind, device.id));
   * }
   * ```
   */
  watch(callback: (change: DeviceChange) => unknown): () => void {
    if (typeof callback === "function") return this.#watchers.add(callback);
    throw invalidArgument("callback", "callback must be a function.");
  }
}

/** The actions that the mirror knows: those of which an event told. */
export class MirroredActions {
  readonly #store: GuardedStore;
  readonly #views: Views;

  /** @internal */
  constructor(store: GuardedStore, views: Views) {
    this.#store = store;
    this.#views = views;
  }

  /**
   * One action; undefined when it is unknown, or gone at Enode.
   *
   * @throws StoreError
   */
  async get(actionId: string): Promise<MirroredAction | undefined> {
    const record = await this.#store.get("actions", actionId);
    return record && record.payload !== null ? this.#views.action(record, "get") : undefined;
  }

  /** Lists actions, of all users, of one, or on one device. Failures as with devices. */
  list(query: { userId?: string; deviceId?: string } = {}): MirrorList<MirroredAction> {
    const { deviceId } = query;
    const store = this.#store;
    const views = this.#views;
    return new MirrorList(async function* () {
      // Actions of one user are found faster than those of one device.
      const owner = deviceId === undefined ? undefined : await store.get("devices", deviceId);
      const userId = query.userId ?? owner?.userId ?? undefined;
      const actions = each(store, { collection: "actions" }, userId, (record, method) =>
        views.action(record, method),
      );
      for await (const action of actions) {
        if (deviceId === undefined || action.deviceId === deviceId) yield action;
      }
    });
  }
}

/** The users that the mirror knows. */
export class MirroredUsers {
  readonly #store: GuardedStore;
  readonly #views: Views;

  /** @internal */
  constructor(store: GuardedStore, views: Views) {
    this.#store = store;
    this.#views = views;
  }

  /**
   * One user, by its ID at Enode; undefined when it is unknown or was deleted.
   *
   * @throws StoreError
   */
  async get(userId: string): Promise<MirroredUser | undefined> {
    const record = await this.#store.get("users", userId);
    return record && record.payload !== null ? this.#views.user(record, "get") : undefined;
  }

  /** Lists all users. Failures as with devices. */
  list(): MirrorList<MirroredUser> {
    return new MirrorList(() =>
      each(this.#store, { collection: "users" }, undefined, (record, method) =>
        this.#views.user(record, method),
      ),
    );
  }
}

async function* each<T>(
  store: GuardedStore,
  query: Parameters<GuardedStore["pages"]>[0],
  userId: string | undefined,
  view: (record: DeviceRecord, method: string) => T,
): AsyncGenerator<T, void, undefined> {
  const method = userId === undefined ? "list" : "listByUser";
  for await (const page of store.pages(query, userId)) {
    for (const record of page) yield view(record, method);
  }
}
