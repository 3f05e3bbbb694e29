import { isWorkers } from "../runtime/workers.ts";
import type { Deadline } from "./deadline.ts";

/** Longest time between two checks of a waiting call, in ms; with more calls that wait as many ms as there are. */
const poll = 1_000;
/** The same in Workers, where a request must not be woken up by another one. */
const pollInWorkers = 50;
/** How late a timer may be before its call counts as ended, in ms. */
export const grace = 1_000;

/** A call that waits. */
export interface Turn {
  /** The end user for whom it waits, if it is known. */
  readonly userId: string | undefined;
  /** Latest time of its next check. */
  due: number;
  /** Makes it check at once. */
  wake?: (() => void) | undefined;
}

/** The calls that wait. Iterating begins with the one whose turn it is. */
export interface Turns extends Iterable<Turn> {
  readonly size: number;
  /** Does nothing for one that is there. */
  add(turn: Turn): void;
  delete(turn: Turn): void;
}

/**
 * Calls that wait for the same condition, in the order of arrival or another one.
 *
 * A call that ended silently blocks no other: in Workers the timers and promises of a request end with it. So each
 * turn has a time limit, which the others measure with timers of their own.
 */
export class WaitQueue {
  #turns: Turns = new Set();

  /** Sets their order, by arrival until then. Call it while none waits. */
  order(turns: Turns): void {
    this.#turns = turns;
  }

  get isEmpty(): boolean {
    return this.#turns.size === 0;
  }

  /**
   * Waits until `enter` returns a value. The first call in the line passes true; the others pass false, so that
   * they can give up, and do not enter.
   *
   * @param wait Time until the first one checks again, in ms.
   */
  async pass<T>(
    deadline: Deadline,
    enter: (isFirst: boolean) => T | undefined,
    wait: () => number,
    userId?: string,
  ): Promise<T> {
    const turn: Turn = { userId, due: 0 };
    try {
      for (;;) {
        const isFirst = this.#isFirst(turn);
        const entered = enter(isFirst);
        if (entered !== undefined) return entered;
        // Added again, if it was late and counted as ended.
        this.#turns.add(turn);
        // All of them together check a thousand times in a second at most. The first one is woken when it can go on.
        const usual = isFirst ? poll : Math.max(poll, this.#turns.size);
        const longest = isWorkers() ? pollInWorkers : usual;
        const pause = Math.max(1, isFirst ? Math.min(wait(), longest) : longest);
        turn.due = performance.now() + pause;
        await deadline.sleep(
          pause,
          (wake) => {
            turn.wake = wake;
          },
          "its turn among the requests of this client",
        );
      }
    } finally {
      this.#turns.delete(turn);
      this.wake();
    }
  }

  /** Makes the first call check at once. */
  wake(): void {
    if (isWorkers()) return;
    const [first] = this.#turns;
    first?.wake?.();
  }

  #isFirst(turn: Turn): boolean {
    const now = performance.now();
    for (;;) {
      const [first] = this.#turns;
      if (!first || first === turn) return true;
      if (now <= first.due + grace) return false;
      this.#turns.delete(first);
    }
  }
}
