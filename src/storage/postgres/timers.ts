/** Time for an answer that has arrived while the process was frozen, in ms. */
const thaw = 1_000;

/** Timers, and the time in ms that they go by. */
export interface Timers {
  now(): number;
  /** Does something after so many ms. What it returns stops that. */
  after(delay: number, work: () => void): () => void;
  /** The same, without keeping the process alive for it. */
  idly(delay: number, work: () => void): () => void;
}

/**
 * Timers that do not take a frozen process for a server that was silent. They are those of the time when a storage is
 * made: a test may replace them later along with its clock, while the database stays a real one.
 */
export function patientTimers(): Timers {
  const { setTimeout: begin, clearTimeout: end } = globalThis;
  const now = performance.now.bind(performance);
  const after = (delay: number, work: () => void, isIdle: boolean) => {
    let dueAt = now() + delay;
    const start = (wait: number) => {
      const timer = begin(onTime, wait);
      // Not all runtimes have it.
      if (isIdle) (timer as { unref?(): void }).unref?.();
      return timer;
    };
    const onTime = () => {
      if (now() - dueAt > thaw) {
        // Timers come before the answers that have arrived meanwhile.
        dueAt = now() + thaw;
        timer = start(thaw);
        return;
      }
      work();
    };
    let timer = start(delay);
    return () => end(timer);
  };
  return {
    now,
    after: (delay, work) => after(delay, work, false),
    idly: (delay, work) => after(delay, work, true),
  };
}
