import type { DeviceKind, DeviceTypes } from "../../../generated/kinds.ts";
import type { ActionState, User, VendorAction } from "../../../generated/types.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import { isDeviceKind } from "../model/kinds.ts";
import { targetTypeOf } from "../model/records.ts";
import type { CheckedDeviceStore } from "../store/checked-store.ts";

/** What is known beside the thing itself. */
interface Kept {
  id: string;
  /** The Enode user that it belongs to; null when that is not known. */
  userId: string | null;
  vendor: string | null;
  /** When it was so, by Enode's clock: the time of the event, or the latest moment that is certain. */
  observedAt: Date;
  /** When this host heard of it. */
  receivedAt: Date;
  /** How: `webhook`, `backfill`, `reconcile` or `read`. */
  source: string;
}

/** What is known of every device, beside the device itself. */
export interface KeptDevice<Kind extends DeviceKind> extends Kept {
  kind: Kind;
}

/** A device of which all is known. */
export interface FullDevice<Kind extends DeviceKind> extends KeptDevice<Kind> {
  /** False: all of it is known. */
  partial: false;
  /** The device, as Enode's API gives it. */
  data: DeviceTypes[Kind]["full"];
  deletedAt?: undefined;
}

/** A device that was just discovered. */
export interface PartialDevice<Kind extends DeviceKind> extends KeptDevice<Kind> {
  /** True: it was just discovered, and little more than `data.information` is known. */
  partial: true;
  data: DeviceTypes[Kind]["discovered"];
  deletedAt?: undefined;
}

/** A device as the mirror knows it. `kind` tells what `data` is, and `partial` whether all of it is known. */
export type MirroredDevice<Kind extends DeviceKind = DeviceKind> = {
  [Each in Kind]: FullDevice<Each> | PartialDevice<Each>;
}[Kind];

/** A device that is gone. Nothing is kept of what it was. */
export type DeletedDevice<Kind extends DeviceKind = DeviceKind> = {
  [Each in Kind]: KeptDevice<Each> & { partial: boolean; data: null; deletedAt: Date };
}[Kind];

/** An action as the mirror knows it. */
export interface MirroredAction extends Omit<Kept, "vendor"> {
  /** Kind of the device that it acts on. */
  kind: string;
  deviceId: string;
  state: ActionState;
  data: VendorAction;
}

/** A user as the mirror knows it: its vendor accounts, and whether their credentials work. */
export interface MirroredUser extends Omit<Kept, "vendor" | "userId"> {
  data: User;
}

/** Makes what the mirror gives out of what the store keeps. */
export class Views {
  readonly #store: CheckedDeviceStore;

  constructor(store: CheckedDeviceStore) {
    this.#store = store;
  }

  /** @throws StoreError for a payload that makes no sense */
  device(record: DeviceRecord, method: string): MirroredDevice | DeletedDevice {
    const { kind, partial, payload } = record;
    if (!isDeviceKind(kind)) throw this.#store.unreadable(method);
    const kept = { ...keptOf(record), kind, partial };
    const view =
      payload === null
        ? { ...kept, data: null, deletedAt: kept.observedAt }
        : { ...kept, data: this.#parse(payload, method) };
    // Kind, partial and payload were kept together.
    return view as unknown as MirroredDevice | DeletedDevice;
  }

  /** @throws StoreError for a payload that makes no sense */
  action(record: DeviceRecord, method: string): MirroredAction {
    // It was kept as the payload of an action.
    const data = this.#parse(record.payload, method) as VendorAction;
    const { vendor: _, ...kept } = keptOf(record);
    const kind = targetTypeOf(record.kind);
    return { ...kept, kind, deviceId: data.targetId, state: data.state, data };
  }

  /** @throws StoreError for a payload that makes no sense */
  user(record: DeviceRecord, method: string): MirroredUser {
    const { vendor: _, userId: __, ...kept } = keptOf(record);
    // It was kept as the payload of a user.
    return { ...kept, data: this.#parse(record.payload, method) as User };
  }

  #parse(payload: string | null, method: string): object {
    try {
      const value: unknown = JSON.parse(payload ?? "");
      if (typeof value === "object" && value !== null) return value;
    } catch {
      // Its message would quote the payload.
    }
    throw this.#store.unreadable(method);
  }
}

function keptOf(record: DeviceRecord): Kept {
  const { id, userId, vendor, source } = record;
  return {
    id,
    userId,
    vendor,
    observedAt: new Date(record.observedAt),
    receivedAt: new Date(record.receivedAt),
    source,
  };
}
