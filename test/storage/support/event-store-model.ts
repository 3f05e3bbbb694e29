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

  /** The events that may be handed out now. */
  claimable(limit: number): string[] {
    const now = this.#now();
    const waiting = this.#events.filter(({ state }) => state === "waiting");
    return waiting
      .filter((event) => {
        const lane = waiting.filter((other) => event.lane !== null && other.lane === event.lane);
        const isFirst = event.lane === null || lane[0] === event;
        return (
          event.dueAt <= now && isFirst && !lane.some((other) => other.isHeld && other.dueAt > now)
        );
      })
      .slice(0, limit)
      .map(({ place }) => place);
  }

  claim(place: string, { lease }: { lease: string }, duration: number): void {
    Object.assign(this.#at(place), { lease, dueAt: this.#now() + duration, isHeld: true });
  }

  holds(lease: string, place: string): boolean {
    const event = this.#at(place);
    return event.state === "waiting" && event.lease === lease;
  }

  complete(place: string): void {
    this.#at(place).state = "complete";
  }

  fail(place: string, retryAt: number | undefined): void {
    const event = this.#at(place);
    Object.assign(event, { lease: undefined, isHeld: false });
    if (retryAt === undefined) event.state = "dead";
    else event.dueAt = retryAt;
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
    for (const event of found) event.state = "erased";
    return found.length;
  }

  isOf(lane: string, place: string): boolean {
    return this.#at(place).lane === lane;
  }

  #at(place: string): Kept {
    const event = this.#events.find((other) => other.place === place);
    if (event === undefined) throw new Error(`there is no event ${place}`);
    return event;
  }
}
