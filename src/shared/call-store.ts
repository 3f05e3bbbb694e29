import type { FailedCall, storeFailure } from "./store-failure.ts";
import { withTimeout } from "./with-timeout.ts";

/** A call of a store of the host. */
export interface StoreCall extends FailedCall {
  /** How long it may take, in ms. */
  readonly timeout: number;
}

interface Failures {
  readonly storeFailure: typeof storeFailure;
}

/**
 * Calls a store of the host's, of which nothing is taken for granted: it may throw, hang, or answer other than it
 * should. Each of these is a StoreError that names the store and the method.
 *
 * @param work Has a signal that is aborted when the time is over: nobody waits for the answer any more.
 * @param isAnswer Whether an answer is one.
 * @param failures Gives {@link storeFailure}, which some bundles load only when something fails.
 */
export async function callStore<T>(
  call: StoreCall,
  work: (signal: AbortSignal) => unknown,
  isAnswer: (answer: unknown) => answer is T,
  failures: () => Failures | Promise<Failures>,
): Promise<T> {
  let what: string | undefined;
  let cause: unknown;
  try {
    const answer = await withTimeout(call.timeout, work, () => {
      what = `took more than ${Math.round(call.timeout)} ms`;
      return new Error(what);
    });
    if (isAnswer(answer)) return answer;
    what = "returned an invalid answer";
  } catch (error) {
    if (what === undefined) cause = error;
  }
  throw (await failures()).storeFailure(call, what, cause);
}
