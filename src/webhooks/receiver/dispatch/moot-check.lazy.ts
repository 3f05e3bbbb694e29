/** Whether an event whose handlers failed with this error is no longer needed. */
export type MootCheck = (event: unknown, error: unknown) => Promise<boolean>;

/** Least time for the checks, in ms: Enode waits for a second longer than handlers have by default. */
const leastTime = 1_000;

/**
 * Whether one of these checks reports in time that an event is no longer needed. Loaded with the first event that
 * fails, and without `withTimeout`: a module that the receiver shares with this one would be a file of its own in
 * bundles.
 *
 * @param endsAt When the time of the handlers ends, by `performance.now()`.
 */
export async function isMoot(
  checks: Iterable<MootCheck>,
  event: unknown,
  error: unknown,
  endsAt: number,
): Promise<boolean> {
  const time = Math.max(endsAt - performance.now(), leastTime);
  let timer: ReturnType<typeof setTimeout> | undefined;
  // All at the same time, so that one that hangs does not stop the others.
  const isSo = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, time, false);
    const answers = [...checks].map(async (check) => {
      if (await check(event, error)) resolve(true);
    });
    // A check that fails counts as a no.
    Promise.allSettled(answers).then(() => resolve(false));
  });
  try {
    return await isSo;
  } finally {
    clearTimeout(timer);
  }
}
