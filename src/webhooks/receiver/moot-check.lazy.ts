/** Tells whether nobody needs an event any more, whose handlers failed with this error. */
export type MootCheck = (event: unknown, error: unknown) => Promise<boolean>;

/** What checks have at least, in ms: Enode waits for a second longer than handlers have by default. */
const leastTime = 1_000;

/**
 * Whether one of these checks says in time that nobody needs an event any more. Loaded with the first event that
 * fails, and without `withTimeout`: a module that the receiver shares with this one would be a file of its own in bundles.
 *
 * @param endsAt When the time of the handlers is over, by `performance.now()`.
 */
export async function isMoot(
  checks: Iterable<MootCheck>,
  event: unknown,
  error: unknown,
  endsAt: number,
): Promise<boolean> {
  const time = Math.max(endsAt - performance.now(), leastTime);
  let timer: ReturnType<typeof setTimeout> | undefined;
  // At the same time, so that one that hangs keeps nothing from the others.
  const isSo = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, time, false);
    const answers = [...checks].map(async (check) => {
      if (await check(event, error)) resolve(true);
    });
    // Whether it is, is not known when a check fails, whatever it throws.
    Promise.allSettled(answers).then(() => resolve(false));
  });
  try {
    return await isSo;
  } finally {
    clearTimeout(timer);
  }
}
