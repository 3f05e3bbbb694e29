import type { DeviceKind, DeviceTypes } from "../../../generated/kinds.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import { isDeviceKind } from "../model/kinds.ts";

/** A device as it was read at Enode, which may be older than what the mirror knows. */
export type ReadDevice<Kind extends DeviceKind = DeviceKind> = {
  [Each in Kind]: {
    /** Kind of the device. */
    kind: Each;
    /** ID of the device. */
    id: string;
    /** The Enode user to whom it belongs; null when unknown. */
    userId: string | null;
    /** The device as Enode has it. */
    data: DeviceTypes[Each]["full"];
    /** Age of the data, by Enode's clock: a lower bound of when Enode read it. */
    observedAt: Date;
  };
}[Kind];

/** Callback of {@link Mirror.onRead}. */
export type ReadListener = (devices: readonly ReadDevice[]) => unknown;

/** Callbacks that get what the mirror reads at Enode. */
export class ReadListeners {
  readonly #callbacks = new Set<{ readonly call: ReadListener }>();

  add(call: ReadListener): () => void {
    const entry = { call };
    this.#callbacks.add(entry);
    return () => {
      this.#callbacks.delete(entry);
    };
  }

  /** Resolves when all of them have taken the devices among these records. */
  async tell(records: readonly DeviceRecord[]): Promise<void> {
    if (this.#callbacks.size === 0) return;
    const devices = records.flatMap((record) => readDevice(record) ?? []);
    if (devices.length === 0) return;
    for (const { call } of [...this.#callbacks]) await call(devices);
  }
}

function readDevice(record: DeviceRecord): ReadDevice | undefined {
  const { collection, id, kind, userId, payload, partial, source, observedAt } = record;
  if (collection !== "devices" || source === "webhook" || payload === null || partial) {
    return undefined;
  }
  if (!isDeviceKind(kind)) return undefined;
  const data = JSON.parse(payload);
  // The kind tells the type of the data.
  return { kind, id, userId, data, observedAt: new Date(observedAt) } as ReadDevice;
}
