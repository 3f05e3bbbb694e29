interface Kept {
  readonly place: string;
  readonly lane: string | null;
  state: "waiting" | "dead" | "complete" | "erased";
  dueAt: number;
  lease: string | undefined;
  /** Whether a worker holds it until `dueAt`; otherwise it waits for its retry. */
  isHeld: boolean;
}

/** What an event store does, said as plainly as can be. */
export class EventStoreModel {
  readonly #events: Kept[] = [];
  readonly #digests = new Set<string>();
  /** Of each lane the event that was handed out last and not given back. */
  readonly #holders = new Map<string, Kept>();
  readonly revived: Set<string> = new Set();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** All that were appended and not erased, in their order. */
  get appended(): string[] {
    return this.#events.filter(({ state }) => state !== "erased").map(({ place }) => place);
  }

  get dead(): string[] {
    return this.#events.filter(({ state }) => state === "dead").map(({ place }) => place);
  }

  counts(): { waiting: number; due: number; held: number; dead: number } {
    const now = this.#now();
    const live = this.#events.filter(({ state }) => state === "waiting");
    const held = live.filter(({ isHeld, dueAt }) => isHeld && dueAt > now).length;
    const due = this.claimable(live.length).length;
    return { waiting: live.length - held, due, held, dead: this.dead.length };
  }

  append(digest: string, lanes: readonly (string | null)[]): "new" | "duplicate" {
    if (this.#digests.has(digest)) return "duplicate";
    this.#digests.add(digest);
    for (const [index, lane] of lanes.entries()) {
      const place = `${digest}:${index}`;
      this.#events.push({
        place,
        lane,
        state: "waiting",
        dueAt: 0,
        lease: undefined,
        isHeld: false,
      });
    }
    return "new";
  }

  /** The events that may be handed out now: of more retries than are asked for, those that are longest due. */
  claimable(limit: number): string[] {
    const now = this.#now();
    const waiting = this.#events.filter(({ state }) => state === "waiting");
    const free = waiting.flatMap((event) => {
      const lane = waiting.filter((other) => event.lane !== null && other.lane === event.lane);
      const isFirst = event.lane === null || lane[0] === event;
      const isHeld = lane.some((other) => other.isHeld && other.dueAt > now);
      if (event.dueAt > now || !isFirst || isHeld) return [];
      const head = this.#holders.get(String(event.lane)) ?? event;
      return { place: event.place, order: this.#events.indexOf(head), dueAt: head.dueAt };
    });
    const fresh = free.filter(({ dueAt }) => dueAt === 0);
    const retries = free.filter(({ dueAt }) => dueAt > 0);
    retries.sort((a, b) => a.dueAt - b.dueAt || a.order - b.order);
    const found = [...fresh.slice(0, limit), ...retries.slice(0, limit)];
    found.sort((a, b) => a.order - b.order);
    return found
      .slice(0, limit)
      .map(({ place }) => place)
      .toSorted((a, b) => this.#orderOf(a) - this.#orderOf(b));
  }

  claim(place: string, { lease }: { lease: string }, duration: number): void {
    const event = this.#at(place);
    Object.assign(event, { lease, dueAt: this.#now() + duration, isHeld: true });
    if (event.lane !== null) this.#holders.set(event.lane, event);
  }

  /** Whether it goes on being held, which it does unless its lane has gone on without it. */
  renew(place: string, duration: number): boolean {
    const event = this.#at(place);
    const lane = this.#events.filter(
      ({ state, lane }) => state === "waiting" && lane === event.lane,
    );
    const head = this.#holders.get(String(event.lane)) ?? lane[0];
    if (event.lane !== null && head !== event) return false;
    this.claim(place, { lease: String(event.lease) }, duration);
    return true;
  }

  holds(lease: string, place: string): boolean {
    const event = this.#at(place);
    return event.state === "waiting" && event.lease === lease;
  }

  complete(place: string): void {
    this.#settle(this.#at(place), "complete");
  }

  fail(place: string, retryAt: number | undefined): void {
    const event = this.#at(place);
    Object.assign(event, { lease: undefined, isHeld: false });
    this.#settle(event, retryAt === undefined ? "dead" : "waiting");
    if (retryAt !== undefined) event.dueAt = retryAt;
  }

  revive(place: string): void {
    this.revived.add(place);
    Object.assign(this.#at(place), { state: "waiting", dueAt: 0 });
  }

  /** Each lane has the events of one user. */
  erase(lane: string): number {
    const found = this.#events.filter(
      (event) => event.lane === lane && (event.state === "waiting" || event.state === "dead"),
    );
    for (const event of found) this.#settle(event, "erased");
    return found.length;
  }

  /** By hand, whoever holds it. */
  remove(place: string): boolean {
    const event = this.#at(place);
    const isThere = event.state === "waiting" || event.state === "dead";
    if (isThere) this.#settle(event, "erased");
    return isThere;
  }

  isOf(lane: string, place: string): boolean {
    return this.#at(place).lane === lane;
  }

  #settle(event: Kept, state: Kept["state"]): void {
    event.state = state;
    if (this.#holders.get(String(event.lane)) === event) this.#holders.delete(String(event.lane));
  }

  #orderOf(place: string): number {
    return this.#events.indexOf(this.#at(place));
  }

  #at(place: string): Kept {
    const event = this.#events.find((other) => other.place === place);
    if (event === undefined) throw new Error(`there is no event ${place}`);
    return event;
  }
}
