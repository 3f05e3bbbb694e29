/** Time for work that has ended while the process was frozen, in ms. */
const thaw = 1_000;

/**
 * Waits for work for so many milliseconds at most, then aborts its signal and throws the error of `late`. It no
 * longer waits for work that ignores the signal.
 */
export function withTimeout<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => T | Promise<T>,
  late: () => Error,
): Promise<T> {
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    let dueAt = performance.now() + milliseconds;
    const onTime = () => {
      const now = performance.now();
      if (now - dueAt > thaw) {
        // The process was frozen, or busy, and timers come before the answers that have arrived meanwhile.
        dueAt = now + thaw;
        timer = setTimeout(onTime, thaw);
        return;
      }
      const error = late();
      reject(error);
      controller.abort(error);
    };
    let timer = setTimeout(onTime, milliseconds);
    // Inside a promise, so that work that throws is treated like work that rejects.
    Promise.resolve(controller.signal)
      .then(work)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
