import { isStoreError } from "../errors.ts";
import type { Handlers, Incoming } from "./handlers.ts";
import { Lanes, laneOf } from "./lanes.ts";
import type { Reporter } from "./reporter.ts";
import { within } from "./within.ts";

/** Deliveries that are remembered, to recognise their copies. */
const maxRemembered = 10_000;

/** What became of one delivery. */
interface Memory {
  /** The places of its events that are still to be handled. */
  readonly left: Set<number>;
  /** The attempt under way. */
  running: Promise<void> | undefined;
  attempts: number;
  /** What the latest failure was: also a handler may use a store. */
  failure: "failed" | "store_failed";
}

/** Handles deliveries before they are answered, in the memory of this process. */
export class Inbox {
  readonly #handlers: Handlers;
  readonly #reporter: Reporter;
  readonly #limit: number;
  readonly #lanes: Lanes;
  readonly #memories = new Map<string, Memory>();

  constructor(handlers: Handlers, reporter: Reporter, limit: number, concurrency: number) {
    this.#handlers = handlers;
    this.#reporter = reporter;
    this.#limit = limit;
    this.#lanes = new Lanes(concurrency);
  }

  /**
   * Handles what is left to handle of a delivery. Of copies that come at the same time one is handled, and
   * the others wait for what becomes of it; of one that failed in part, the rest is tried again.
   */
  async receive(
    digest: string,
    events: readonly Omit<Incoming, "attempt">[],
  ): Promise<"handled" | "duplicate" | "failed" | "store_failed"> {
    const memory = this.#memories.get(digest) ?? this.#remember(digest, events);
    const isCopy = memory.attempts > 0 && (memory.running !== undefined || memory.left.size === 0);
    memory.running ??= this.#run(memory, events).finally(() => {
      memory.running = undefined;
    });
    await memory.running;
    if (memory.left.size > 0) return memory.failure;
    return isCopy ? "duplicate" : "handled";
  }

  #remember(digest: string, events: readonly Omit<Incoming, "attempt">[]): Memory {
    for (const [old, { running }] of this.#memories) {
      if (this.#memories.size < maxRemembered) break;
      if (!running) this.#memories.delete(old);
    }
    const left = new Set(events.map(({ index }) => index));
    const memory: Memory = { left, running: undefined, attempts: 0, failure: "failed" };
    this.#memories.set(digest, memory);
    return memory;
  }

  async #run(memory: Memory, events: readonly Omit<Incoming, "attempt">[]): Promise<void> {
    const attempt = ++memory.attempts;
    const endsAt = performance.now() + this.#limit;
    // What comes after a failure in the same lane has to wait for it, and comes again with it.
    const blocked = new Set<string | null>();
    const work = events.map(async (event) => {
      if (!memory.left.has(event.index)) return;
      const lane = laneOf(event.value);
      await this.#lanes.run(lane, async () => {
        if (lane !== null && blocked.has(lane)) return;
        const isDone = await this.#handle({ ...event, attempt }, endsAt, memory);
        if (isDone) memory.left.delete(event.index);
        else blocked.add(lane);
      });
    });
    // What still waits for its turn then may do so behind a delivery that came later, and has more time.
    await within(this.#limit, () => Promise.all(work), Error).catch(() => undefined);
  }

  async #handle(event: Incoming, endsAt: number, memory: Memory): Promise<boolean> {
    const remaining = Math.ceil(endsAt - performance.now());
    // No time is left even to begin.
    if (remaining <= 0) return false;
    try {
      await this.#handlers.run(event, remaining);
      this.#reporter.health.handled++;
      return true;
    } catch (error) {
      memory.failure = isStoreError(error) ? "store_failed" : "failed";
      this.#reporter.eventFailed(error, event, true);
      return false;
    }
  }
}
