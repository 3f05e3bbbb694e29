import { isWorkers } from "../runtime/workers.ts";
import type { Deadline } from "./deadline.ts";

/** Waiting calls check again at least this often, in ms. */
const poll = 1_000;
/** The same in Workers, where a request must not be woken up by another one. */
const pollInWorkers = 50;
/** How late timers can be without being given up, in ms. */
export const grace = 1_000;

/** A call that waits. */
interface Turn {
  /** When it checks again at the latest. */
  due: number;
  /** Lets it check at once. */
  wake?: (() => void) | undefined;
}

/**
 * Calls that wait for the same thing, in the order in which they came.
 *
 * Nothing of it hangs on a call that is gone: in Workers the timers and promises of a request die with it. So
 * each turn has a time at which it is over, which the others see by timers of their own.
 */
export class WaitQueue {
  readonly #turns = new Set<Turn>();

  get isEmpty(): boolean {
    return this.#turns.size === 0;
  }

  /**
   * Waits until `enter` returns something. The first call in the line asks it with true; the others ask with
   * false, so that they can give up, and do not enter.
   *
   * @param wait How long the first one waits until it checks again, in ms.
   */
  async pass<T>(
    deadline: Deadline,
    enter: (isFirst: boolean) => T | undefined,
    wait: () => number,
  ): Promise<T> {
    const turn: Turn = { due: 0 };
    try {
      for (;;) {
        const isFirst = this.#isFirst(turn);
        const entered = enter(isFirst);
        if (entered !== undefined) return entered;
        // Again, if it was late and taken for dead.
        this.#turns.add(turn);
        const longest = isWorkers() ? pollInWorkers : poll;
        const pause = Math.max(1, isFirst ? Math.min(wait(), longest) : longest);
        turn.due = performance.now() + pause;
        await deadline.sleep(pause, (wake) => {
          turn.wake = wake;
        });
      }
    } finally {
      this.#turns.delete(turn);
      this.wake();
    }
  }

  /** Lets the first one check at once. */
  wake(): void {
    if (isWorkers()) return;
    const [first] = this.#turns;
    first?.wake?.();
  }

  #isFirst(turn: Turn): boolean {
    const now = performance.now();
    for (const first of this.#turns) {
      if (first === turn) break;
      if (now <= first.due + grace) return false;
      this.#turns.delete(first);
    }
    return true;
  }
}
