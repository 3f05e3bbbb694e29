import { sleepUntilWoken } from "../../../runtime/sleep.ts";

/** The longest sleep before a condition is checked again, in ms: timers that are longer than 24.8 days fire at once. */
const longestSleep = 3_600_000;

/** Lets calls wait for conditions that others bring about. */
export class ConditionVariable {
  /** Callbacks that wake waiting calls. */
  readonly #wakes = new Set<() => void>();

  /** Has all who wait check their conditions after a change. */
  notify(): void {
    for (const wake of this.#wakes) wake();
  }

  /** Waits for a condition, for so many milliseconds at most; returns whether it holds. */
  async until(isSo: () => boolean, milliseconds: number): Promise<boolean> {
    const endsAt = performance.now() + milliseconds;
    while (!isSo()) {
      const remaining = endsAt - performance.now();
      if (remaining <= 0) return false;
      await sleepUntilWoken(Math.min(remaining, longestSleep), this.#wakes);
    }
    return true;
  }
}
