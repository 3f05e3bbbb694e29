import type { DeviceKind, DeviceTypes } from "../../../generated/kinds.ts";
import type { ActionState, User, VendorAction } from "../../../generated/types.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import { isDeviceKind } from "../model/kinds.ts";
import { targetTypeOf } from "../model/records.ts";
import type { CheckedDeviceStore } from "../store/checked-store.ts";

/** What is known beside the resource itself. */
interface Kept {
  /** Its ID at Enode. */
  id: string;
  /** The Enode user to whom it belongs; null when unknown. */
  userId: string | null;
  /** The vendor; null when unknown. */
  vendor: string | null;
  /** Age of the data, by Enode's clock: the time of the event, or a lower bound of when Enode read it. */
  observedAt: Date;
  /** When this host received it. */
  receivedAt: Date;
  /** Where it came from: `webhook`, `backfill`, `reconcile` or `read`. */
  source: string;
}

/** What is known of every device, beside the device itself. */
export interface KeptDevice<Kind extends DeviceKind> extends Kept {
  /** Kind of the device. */
  kind: Kind;
}

/** A device whose data is complete. */
export interface FullDevice<Kind extends DeviceKind> extends KeptDevice<Kind> {
  /** False: the data is complete. */
  partial: false;
  /** The device, as Enode's API returns it. */
  data: DeviceTypes[Kind]["full"];
  /** Undefined: it was not deleted. */
  deletedAt?: undefined;
}

/** A device that was just discovered. */
export interface PartialDevice<Kind extends DeviceKind> extends KeptDevice<Kind> {
  /** True: it was just discovered, and little more than `data.information` is known. */
  partial: true;
  /** The device, as the event of its discovery had it. */
  data: DeviceTypes[Kind]["discovered"];
  /** Undefined: it was not deleted. */
  deletedAt?: undefined;
}

/** A device as the mirror knows it. `kind` gives the type of `data`, and `partial` says whether it is incomplete. */
export type MirroredDevice<Kind extends DeviceKind = DeviceKind> = {
  [Each in Kind]: FullDevice<Each> | PartialDevice<Each>;
}[Kind];

/** A deleted device. None of its data is kept. */
export type DeletedDevice<Kind extends DeviceKind = DeviceKind> = {
  [Each in Kind]: KeptDevice<Each> & {
    /** Whether its data was incomplete. */
    partial: boolean;
    /** Null: it was deleted. */
    data: null;
    /** When it was deleted, by Enode's clock: the time of the event, or a lower bound. */
    deletedAt: Date;
  };
}[Kind];

/** An action as the mirror knows it. */
export interface MirroredAction extends Omit<Kept, "vendor"> {
  /** Kind of the device that it acts on. */
  kind: string;
  /** ID of the device that it acts on. */
  deviceId: string;
  /** Its state, as in `data`. */
  state: ActionState;
  /** The action, as Enode's API returns it. */
  data: VendorAction;
}

/** A user as the mirror knows it: its vendor accounts, and whether their credentials work. */
export interface MirroredUser extends Omit<Kept, "vendor" | "userId"> {
  /** The user, as Enode's API returns it. */
  data: User;
}

/** Makes the objects that the mirror returns from the records of the store. */
export class Views {
  readonly #store: CheckedDeviceStore;

  constructor(store: CheckedDeviceStore) {
    this.#store = store;
  }

  /** @throws StoreError for an invalid payload */
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

  /** @throws StoreError for an invalid payload */
  action(record: DeviceRecord, method: string): MirroredAction {
    // The payload was kept as that of an action.
    const data = this.#parse(record.payload, method) as VendorAction;
    const { vendor: _, ...kept } = keptOf(record);
    const kind = targetTypeOf(record.kind);
    return { ...kept, kind, deviceId: data.targetId, state: data.state, data };
  }

  /** @throws StoreError for an invalid payload */
  user(record: DeviceRecord, method: string): MirroredUser {
    const { vendor: _, userId: __, ...kept } = keptOf(record);
    // The payload was kept as that of a user.
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
