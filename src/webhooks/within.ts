/**
 * Waits for work for so many milliseconds at most, then aborts its signal and throws what `late` makes.
 * Work that goes on regardless is not waited for any longer.
 */
export function within<T>(
  milliseconds: number,
  work: (signal: AbortSignal) => T | Promise<T>,
  late: () => Error,
): Promise<T> {
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const error = late();
      reject(error);
      controller.abort(error);
    }, milliseconds);
    // Inside a promise, so that work that throws at once is no different from work that rejects.
    Promise.resolve(controller.signal)
      .then(work)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
