import type { Turn, Turns } from "./wait-queue.ts";

/**
 * Calls that wait, in turns of their end users: each user who waits gets one call through, then the next user. The
 * calls of one user, and those of no known user, keep their order.
 */
export class FairTurns implements Turns {
  /** By user, in the order of their turns. None is empty. */
  readonly #waiting = new Map<string | undefined, Set<Turn>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(turn: Turn): void {
    const own = this.#waiting.get(turn.userId) ?? new Set();
    if (own.has(turn)) return;
    this.#waiting.set(turn.userId, own.add(turn));
    this.#size++;
  }

  /** After the call whose turn it is, whatever became of it, the next user follows. Others leave without effect. */
  delete(turn: Turn): void {
    const { userId } = turn;
    const own = this.#waiting.get(userId);
    const [next] = this;
    if (!own?.delete(turn)) return;
    this.#size--;
    if (own.size > 0 && turn !== next) return;
    this.#waiting.delete(userId);
    if (own.size > 0) this.#waiting.set(userId, own);
  }

  *[Symbol.iterator](): Generator<Turn> {
    for (const own of this.#waiting.values()) yield* own;
  }
}
