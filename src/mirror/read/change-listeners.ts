import { callHost } from "../../shared/call-host.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import { isSameJson } from "../model/json-equal.ts";
import type { DeletedDevice, MirroredDevice, Views } from "./views.ts";

/** A change of a device. */
export type DeviceChange =
  | {
      /** The copy did not have it. */
      type: "added";
      /** The device as it is now. */
      device: MirroredDevice;
      /** Undefined: there was none. */
      previous?: undefined;
    }
  | {
      /** Its data differ. */
      type: "changed";
      /** The device as it is now. */
      device: MirroredDevice;
      /** The device as it was. */
      previous: MirroredDevice;
    }
  | {
      /** It was deleted at Enode. */
      type: "deleted";
      /** What is left: none of its data. */
      device: DeletedDevice;
      /** The device as it was. */
      previous: MirroredDevice;
    };

/** Callbacks that are notified of changes. */
export class ChangeListeners {
  readonly #views: Views;
  readonly #onError: (error: unknown) => void;
  readonly #callbacks = new Set<{ readonly call: (change: DeviceChange) => unknown }>();

  constructor(views: Views, onError: (error: unknown) => void) {
    this.#views = views;
    this.#onError = onError;
  }

  get isEmpty(): boolean {
    return this.#callbacks.size === 0;
  }

  add(call: (change: DeviceChange) => unknown): () => void {
    const entry = { call };
    this.#callbacks.add(entry);
    return () => {
      this.#callbacks.delete(entry);
    };
  }

  /** Notifies of a device whose record has replaced another one. Errors are reported, and break nothing. */
  notify(next: DeviceRecord, known: DeviceRecord | undefined): void {
    const before = known && known.payload !== null ? known : undefined;
    if (!before && next.payload === null) return;
    if (before?.payload === next.payload) return;
    this.#guarded(() => {
      if (before && next.payload !== null && isSameJson(before.payload, next.payload)) return;
      const device = this.#views.device(next, "upsert");
      const previous = before && this.#views.device(before, "getMany");
      const type = device.data === null ? "deleted" : previous ? "changed" : "added";
      // The type was derived from both devices.
      const change = { type, device, ...(previous && { previous }) } as DeviceChange;
      for (const { call } of [...this.#callbacks]) callHost(() => call(change), this.#onError);
    });
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#onError(error);
    }
  }
}
