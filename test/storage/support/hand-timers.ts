import type { Timers } from "../../../src/storage/postgres/timers.ts";

/** Timers that go off when the test says so. Their time rises then, and by 1 ms each time that somebody looks. */
export class HandTimers implements Timers {
  readonly #pending = new Set<{ delay: number; work: () => void }>();
  #time = 0;

  now(): number {
    return ++this.#time;
  }

  after(delay: number, work: () => void): () => void {
    const timer = { delay, work };
    this.#pending.add(timer);
    return () => this.#pending.delete(timer);
  }

  idly(delay: number, work: () => void): () => void {
    return this.after(delay, work);
  }

  /** The delays of the timers that wait, in ms, in the order in which they were set. */
  get pending(): number[] {
    return [...this.#pending].map(({ delay }) => delay);
  }

  /** Has all those go off that wait now, or only those of a delay. Tells how many. */
  fire(only?: number): number {
    const due = [...this.#pending].filter(({ delay }) => only === undefined || delay === only);
    this.#time += Math.max(0, ...due.map(({ delay }) => delay));
    for (const timer of due) {
      if (this.#pending.delete(timer)) timer.work();
    }
    return due.length;
  }
}
