import type { DeviceKind } from "../../../generated/kinds.ts";
import { invalidArgument } from "../../errors/configuration.ts";
import { type KnownNames, refuseUnknownNames } from "../../shared/known-names.ts";
import { checkText, refuseBlank } from "../../shared/narrowing.ts";
import { withoutUndefined } from "../../shared/optional.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import { deviceKinds, isDeviceKind } from "../model/kinds.ts";
import type { CheckedDeviceStore } from "../store/checked-store.ts";
import type { ChangeListeners, DeviceChange } from "./change-listeners.ts";
import type {
  DeletedDevice,
  MirroredAction,
  MirroredDevice,
  MirroredUser,
  Views,
} from "./views.ts";

/** A list that is read from the store page by page, as it is used. */
export class MirrorList<T> implements AsyncIterable<T> {
  readonly #read: () => AsyncGenerator<T, void, undefined>;

  /** @internal */
  constructor(read: () => AsyncGenerator<T, void, undefined>) {
    this.#read = read;
  }

  /** Reads page by page, as far as it is iterated. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.#read();
  }

  /**
   * Up to `limit` entries as an array. The limit is required, as all of them may not fit in memory; `Infinity`
   * returns all.
   *
   * @throws ConfigurationError when the limit is not a whole number above 0 · StoreError
   */
  async toArray(options: { limit: number }): Promise<T[]> {
    // Without types the limit is easily forgotten, which must not be a TypeError.
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

/**
 * Which devices to list. Leave out `userId`, `kind` and `vendor` to list all, and never pass them as undefined: an
 * ID that got lost must not list the devices of all users.
 */
export interface DeviceQuery<Kind extends DeviceKind = DeviceKind> {
  /** Those of one Enode user. */
  userId?: string;
  /** Those of one kind. */
  kind?: Kind;
  /** Those of one vendor, written as Enode writes it. */
  vendor?: string;
  /** Devices without an update for so many ms. */
  stale?: number | undefined;
}

/** Which actions to list. Leave out a member to list all, and never pass it as undefined. */
export interface ActionQuery {
  /** Those of one Enode user. */
  userId?: string;
  /** Those on one device. */
  deviceId?: string;
}

type AnyDeviceQuery = DeviceQuery & { includeDeleted?: boolean | undefined };

const knownOfDevices: KnownNames<AnyDeviceQuery> = {
  userId: 0,
  kind: 0,
  vendor: 0,
  stale: 0,
  includeDeleted: 0,
};
const knownOfActions: KnownNames<ActionQuery> = { userId: 0, deviceId: 0 };

/** The devices that the mirror knows. */
export class MirroredDevices {
  readonly #store: CheckedDeviceStore;
  readonly #views: Views;
  readonly #listeners: ChangeListeners;

  /** @internal */
  constructor(store: CheckedDeviceStore, views: Views, listeners: ChangeListeners) {
    this.#store = store;
    this.#views = views;
    this.#listeners = listeners;
  }

  /**
   * One device; undefined when it is unknown or was deleted.
   *
   * @throws ConfigurationError for an ID that is no string or blank · StoreError
   */
  async get(deviceId: string): Promise<MirroredDevice | undefined> {
    checkText("deviceId", deviceId);
    const record = await this.#store.get("devices", deviceId);
    if (!record || record.payload === null) return undefined;
    // It has a payload, so it was not deleted.
    return this.#views.device(record, "get") as MirroredDevice;
  }

  /**
   * Lists devices, in a stable order. Deleted ones are included when `includeDeleted` is set: their `data` is null,
   * and `deletedAt` is the time. A failure of the store is thrown as a StoreError when the list is used.
   *
   * @throws ConfigurationError for a member that does not exist, a `userId`, `kind` or `vendor` that is present and
   * undefined, null or blank, an unknown `kind`, or a `stale` that is not a number from 0.
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
  list(query: AnyDeviceQuery = {}): MirrorList<MirroredDevice | DeletedDevice> {
    checkQuery("mirror.devices.list()", query, knownOfDevices);
    refuseBlank(query, ["userId", "kind", "vendor"]);
    const { userId, kind, vendor, stale, includeDeleted } = query;
    if (kind !== undefined && !isDeviceKind(kind)) {
      throw invalidArgument("kind", `kind must be one of ${deviceKinds.join(", ")}.`);
    }
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
   * Calls back for every change of a device that the mirror applies in this process: by webhook, backfill or
   * reconciliation. What the callback throws goes to `onError` and breaks nothing.
   *
   * @returns A function that removes the callback.
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
    if (typeof callback === "function") return this.#listeners.add(callback);
    throw invalidArgument("callback", "callback must be a function.");
  }
}

/** The actions that the mirror knows: those that an event has reported. */
export class MirroredActions {
  readonly #store: CheckedDeviceStore;
  readonly #views: Views;

  /** @internal */
  constructor(store: CheckedDeviceStore, views: Views) {
    this.#store = store;
    this.#views = views;
  }

  /**
   * One action; undefined when it is unknown, or deleted at Enode.
   *
   * @throws ConfigurationError for an ID that is no string or blank · StoreError
   */
  async get(actionId: string): Promise<MirroredAction | undefined> {
    checkText("actionId", actionId);
    const record = await this.#store.get("actions", actionId);
    return record && record.payload !== null ? this.#views.action(record, "get") : undefined;
  }

  /** Lists actions, of all users, of one, or on one device. Failures as with devices. */
  list(query: ActionQuery = {}): MirrorList<MirroredAction> {
    checkQuery("mirror.actions.list()", query, knownOfActions);
    refuseBlank(query, ["userId", "deviceId"]);
    const { userId: asked, deviceId } = query;
    const store = this.#store;
    const views = this.#views;
    return new MirrorList(async function* () {
      // Actions of one user are found faster than those of one device.
      const owner = deviceId === undefined ? undefined : await store.get("devices", deviceId);
      const userId = asked ?? owner?.userId ?? undefined;
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
  readonly #store: CheckedDeviceStore;
  readonly #views: Views;

  /** @internal */
  constructor(store: CheckedDeviceStore, views: Views) {
    this.#store = store;
    this.#views = views;
  }

  /**
   * One user, by its ID at Enode; undefined when it is unknown or was deleted.
   *
   * @throws ConfigurationError for an ID that is no string or blank · StoreError
   */
  async get(userId: string): Promise<MirroredUser | undefined> {
    checkText("userId", userId);
    const record = await this.#store.get("users", userId);
    return record && record.payload !== null ? this.#views.user(record, "get") : undefined;
  }

  /** Lists all users; there are no filters. Failures as with devices. */
  list(query: Readonly<Record<string, never>> = {}): MirrorList<MirroredUser> {
    checkQuery("mirror.users.list()", query, {});
    return new MirrorList(() =>
      each(this.#store, { collection: "users" }, undefined, (record, method) =>
        this.#views.user(record, method),
      ),
    );
  }
}

function checkQuery(method: string, query: object, known: object): void {
  if (typeof query !== "object" || query === null) {
    throw invalidArgument("query", `${method} takes an object.`);
  }
  refuseUnknownNames(method, query, known);
}

async function* each<T>(
  store: CheckedDeviceStore,
  query: Parameters<CheckedDeviceStore["pages"]>[0],
  userId: string | undefined,
  view: (record: DeviceRecord, method: string) => T,
): AsyncGenerator<T, void, undefined> {
  const method = userId === undefined ? "list" : "listByUser";
  for await (const page of store.pages(query, userId)) {
    for (const record of page) yield view(record, method);
  }
}
