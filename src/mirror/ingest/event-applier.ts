import { WebhookVerificationError } from "../../errors/index.ts";
import { inTurns } from "../../shared/map-limit.ts";
import type { EnodeClock } from "../model/enode-clock.ts";
import { type News, newsOf } from "./event-effects.ts";
import type { Keeper } from "./record-writer.ts";
import type { UserReader } from "./user-reader.ts";

/** Users read at the same time for the events of one call. */
const readsAtOnce = 10;

/** Applies events to the mirror. */
export class Applier {
  readonly #namespace: string;
  readonly #keeper: Keeper;
  readonly #users: UserReader;
  readonly #clock: EnodeClock;
  readonly #onError: (error: unknown) => void;

  constructor(
    namespace: string,
    keeper: Keeper,
    users: UserReader,
    clock: EnodeClock,
    onError: (error: unknown) => void,
  ) {
    this.#namespace = namespace;
    this.#keeper = keeper;
    this.#users = users;
    this.#clock = clock;
    this.#onError = onError;
  }

  /**
   * Resolves when all that the events say is kept; rejects when it may not be, and they are to come again.
   *
   * @param mayBeRepeated Whether they may have been applied before, in part.
   */
  async apply(events: readonly unknown[], mayBeRepeated: boolean): Promise<void> {
    const all: News[] = [];
    for (const event of events) {
      const news = newsOf(event, this.#namespace);
      if (typeof news === "string") this.#refuse(event, news);
      else if (news) all.push(news);
    }
    const times = all.map(({ record, user }) => record?.observedAt ?? user?.since ?? 0);
    const dated = await this.#clock.dating(times);
    const records = [];
    const users = new Map<string, number>();
    for (const { record, user } of all) {
      if (record) records.push({ ...record, observedAt: dated(record.observedAt) });
      if (user) users.set(user.id, Math.max(dated(user.since), users.get(user.id) ?? 0));
    }
    const work: Promise<unknown>[] = [];
    if (records.length > 0) work.push(this.#keeper.join(records, mayBeRepeated));
    if (users.size > 0) {
      work.push(inTurns(users, readsAtOnce, ([id, since]) => this.#users.read(id, since)));
    }
    await Promise.all(work);
  }

  /** It would make no more sense the next time, so it is reported and not failed. */
  #refuse(event: unknown, field: string): void {
    const name = String(Object(event).event);
    this.#onError(
      new WebhookVerificationError(
        `The mirror cannot keep an event ${name}: ${field} makes no sense.`,
        { code: "invalid_event" },
      ),
    );
  }
}
