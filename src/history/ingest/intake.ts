import type { DeviceKind } from "../../../generated/kinds.ts";
import { invalidOption } from "../../errors/configuration.ts";
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
  /** Enode tells nothing new that is older. */
  readonly #oldest: () => number;
  readonly #onError: (error: unknown) => void;
  readonly #once: OnceReporter;

  constructor(
    store: CheckedReadingStore,
    isKept: Selection,
    oldest: () => number,
    onError: (error: unknown) => void,
  ) {
    this.#store = store;
    this.#isKept = isKept;
    this.#oldest = oldest;
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
    await this.#append(readings);
  }

  /** The same for devices that were read. One of which nobody knows the user is left out. */
  async devices(devices: readonly ReadDeviceLike[]): Promise<void> {
    const told = devices.flatMap(({ kind, id, userId, data, observedAt }): ToldDevice[] =>
      isId(userId) && isId(id)
        ? [{ kind, id, userId, data, observedAt: observedAt.getTime() }]
        : [],
    );
    await this.#append(told.flatMap((device) => readingsOf(device, this.#isKept, this.#once)));
  }

  async #append(readings: readonly Reading[]): Promise<void> {
    const tooLate = await this.#store.append(readings);
    if (tooLate === 0) return;
    // Old readings in new events are nothing to worry about: a car may be parked for months. Old events are.
    const oldest = this.#oldest();
    const old = readings.find(({ observedAt }) => observedAt < oldest);
    if (old) this.#once.tell("clock", () => otherClock(old.observedAt));
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

function otherClock(observedAt: number): Error {
  const time = new Date(observedAt).toISOString();
  return invalidOption(
    "now",
    `The history does not keep readings that Enode told of at ${time}: by its clock they are older than keepRaw. With a sandbox whose clock is another one, pass now: () => sandbox.clock.now().getTime() to new History(), and begin with an empty store. This is reported once.`,
  );
}
