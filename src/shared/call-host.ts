/**
 * Calls a function of the host, and passes its failure to `onError`: at once when it throws, later when a promise
 * of any kind that it returned rejects.
 */
export function callHost(work: () => unknown, onError: (error: unknown) => void): void {
  try {
    Promise.resolve(work()).catch(onError);
  } catch (error) {
    onError(error);
  }
}
