/**
 * Calls a function of the host's, whose failure breaks nothing here: it is handed over, at once or when what the
 * function has returned is rejected, whatever kind of promise that is.
 */
export function callHost(work: () => unknown, onError: (error: unknown) => void): void {
  try {
    Promise.resolve(work()).catch(onError);
  } catch (error) {
    onError(error);
  }
}
