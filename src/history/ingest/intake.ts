import type { DeviceKind } from "../../../generated/kinds.ts";
import { WebhookVerificationError } from "../../errors/index.ts";
import type { Reading } from "../../storage/contracts/index.ts";
import type { CheckedReadingStore } from "../store/checked-store.ts";
import { endOf, readingsOf, type Selection, type ToldDevice } from "./device-readings.ts";
import { OnceReporter } from "./once.ts";
import { isId } from "./texts.ts";
import { newsIn } from "./told-devices.ts";

/** A device that was read at Enode. */
export interface ReadDeviceLike {
  kind: DeviceKind;
  id: string;
  userId: string | null;
  data: unknown;
  observedAt: Date;
}

/** Makes readings of events and of devices, and keeps them. */
export class Intake {
  readonly #store: CheckedReadingStore;
  readonly #isKept: Selection;
  readonly #onError: (error: unknown) => void;
  readonly #once: OnceReporter;

  constructor(store: CheckedReadingStore, isKept: Selection, onError: (error: unknown) => void) {
    this.#store = store;
    this.#isKept = isKept;
    this.#onError = onError;
    this.#once = new OnceReporter(onError);
  }

  /** Resolves when the readings of the events are kept; rejects when they may not be. */
  async events(events: readonly unknown[]): Promise<void> {
    const readings: Reading[] = [];
    for (const event of events) {
      const news = newsIn(event);
      if (news === undefined) continue;
      if (typeof news === "string") this.#refuse(event, news);
      else if (news.isGone) readings.push(...endOf(news.device, this.#isKept));
      else readings.push(...readingsOf(news.device, this.#isKept, this.#once));
    }
    await this.#store.append(readings);
  }

  /** The same for devices that were read. One of which nobody knows the user is left out. */
  async devices(devices: readonly ReadDeviceLike[]): Promise<void> {
    const told = devices.flatMap(({ kind, id, userId, data, observedAt }): ToldDevice[] =>
      isId(userId) && isId(id)
        ? [{ kind, id, userId, data, observedAt: observedAt.getTime() }]
        : [],
    );
    await this.#store.append(
      told.flatMap((device) => readingsOf(device, this.#isKept, this.#once)),
    );
  }

  /** Reports an invalid event and does not fail it, as it would be invalid again. */
  #refuse(event: unknown, field: string): void {
    const name = String(Object(event).event);
    this.#onError(
      new WebhookVerificationError(
        `The history cannot keep an event ${name}: ${field} is invalid.`,
        { code: "invalid_event" },
      ),
    );
  }
}
