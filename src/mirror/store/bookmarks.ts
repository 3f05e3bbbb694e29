import type { DeviceRecord } from "../../storage/contracts/index.ts";
import { type CheckedDeviceStore, syncTimeout } from "./checked-store.ts";

/** The mirror's own notes, kept with what it mirrors so that another process finds them. */
export class Bookmarks {
  readonly #store: CheckedDeviceStore;

  constructor(store: CheckedDeviceStore) {
    this.#store = store;
  }

  /** Returns a note; undefined when there is none, or it cannot be read. */
  async read(id: string): Promise<Readonly<Record<string, unknown>> | undefined> {
    const record = await this.#store.get("bookmarks", id, syncTimeout);
    try {
      return Object(JSON.parse(record?.payload ?? "null"));
    } catch {
      return undefined;
    }
  }

  /** A note, to be kept like any record. */
  note(id: string, content: object): DeviceRecord {
    const now = Date.now();
    return {
      namespace: this.#store.namespace,
      collection: "bookmarks",
      id,
      kind: "bookmark",
      userId: null,
      vendor: null,
      identity: null,
      payload: JSON.stringify(content),
      partial: false,
      observedAt: now,
      receivedAt: now,
      source: "mirror",
    };
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.#store.remove({ collection: "bookmarks", ids }, syncTimeout);
  }
}
