import { WebhookVerificationError } from "../../errors/index.ts";
import { readingBefore } from "../../shared/believable-reading.ts";
import { mapLimit } from "../../shared/map-limit.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import type { EnodeClock } from "../model/enode-clock.ts";
import type { TransitionTeller } from "../transitions/transition-teller.ts";
import { type EventEffect, effectOf } from "./event-effects.ts";
import type { RecordWriter } from "./record-writer.ts";
import type { UserReader } from "./user-reader.ts";

/** Users read at the same time for the events of one call. */
const readsAtOnce = 10;

/** Applies events to the mirror. */
export class EventApplier {
  readonly #namespace: string;
  readonly #writer: RecordWriter;
  readonly #users: UserReader;
  readonly #clock: EnodeClock;
  readonly #teller: TransitionTeller;
  readonly #onError: (error: unknown) => void;

  constructor(
    namespace: string,
    writer: RecordWriter,
    users: UserReader,
    clock: EnodeClock,
    teller: TransitionTeller,
    onError: (error: unknown) => void,
  ) {
    this.#namespace = namespace;
    this.#writer = writer;
    this.#users = users;
    this.#clock = clock;
    this.#teller = teller;
    this.#onError = onError;
  }

  /**
   * Resolves when the content of the events is kept; rejects when it may not be, and they must be applied again.
   *
   * @param mayBeRepeated Whether they may have been applied before, in part.
   */
  async apply(events: readonly unknown[], mayBeRepeated: boolean): Promise<void> {
    const all: EventEffect[] = [];
    for (const event of events) {
      const news = effectOf(event, this.#namespace);
      if (typeof news === "string") this.#refuse(event, news);
      else if (news) all.push(news);
    }
    const times = all.map(({ record, user }) => record?.observedAt ?? user?.since ?? 0);
    const dated = await this.#clock.dating(times);
    const records: DeviceRecord[] = [];
    const users = new Map<string, number>();
    for (const { record, user } of all) {
      if (record) {
        const observedAt = dated(record.observedAt);
        const readingAt = readingBefore(record.readingAt, observedAt);
        records.push({ ...record, observedAt, ...(readingAt !== undefined && { readingAt }) });
      }
      if (user) users.set(user.id, Math.max(dated(user.since), users.get(user.id) ?? 0));
    }
    const work: Promise<unknown>[] = [];
    if (records.length > 0) work.push(this.#writer.join(records, mayBeRepeated));
    if (users.size > 0) {
      work.push(mapLimit(users, readsAtOnce, ([id, since]) => this.#users.read(id, since)));
    }
    await Promise.all(work);
    this.#teller.search();
  }

  /** Reports an invalid event and does not fail it, as it would be invalid again. */
  #refuse(event: unknown, field: string): void {
    const name = String(Object(event).event);
    this.#onError(
      new WebhookVerificationError(
        `The mirror cannot keep an event ${name}: ${field} is invalid.`,
        { code: "invalid_event" },
      ),
    );
  }
}
