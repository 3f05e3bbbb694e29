/**
 * Waits for work of another caller, and begins other work when it has not ended in time. Some runtimes end all work
 * of a request with its answer: shared work then never settles, and each caller needs a timer of its own.
 */
export function withFallback<T>(
  work: Promise<T>,
  milliseconds: number,
  otherwise: () => Promise<T>,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(otherwise()), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
