/**
 * Waits for work that somebody else has begun, and begins other work when it has not ended in time. Some runtimes
 * end all that belongs to a request with its answer: what it began for others then never settles, and each of them
 * needs a timer of its own.
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
