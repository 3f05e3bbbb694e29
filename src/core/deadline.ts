import { AbortError, type CallContext, TimeoutError } from "../errors/index.ts";
import type { RequestOptions } from "../options.ts";
import { unref } from "../shared/timers.ts";

/**
 * The time and the caller's signal that bound one call, over all its phases: waiting for a token or
 * for the throttle, attempts with their bodies, and back-off.
 *
 * Each phase listens on the caller's signal only while it runs, so that a signal which serves many
 * calls collects no listeners.
 */
export class Deadline {
  readonly #context: CallContext;
  readonly #endsAt: number;
  readonly #budget: number;
  readonly #signal: AbortSignal | undefined;
  readonly #arm: typeof unref;

  /** @param isBackground Whether its timers keep no process alive. */
  constructor(
    context: CallContext,
    budget: number,
    signal: AbortSignal | undefined,
    isBackground = false,
  ) {
    this.#context = context;
    this.#budget = budget;
    this.#endsAt = performance.now() + budget;
    this.#signal = signal;
    this.#arm = isBackground ? unref : (timer) => timer;
  }

  /** Milliseconds left, 0 when none are. */
  get remaining(): number {
    return Math.max(0, this.#endsAt - performance.now());
  }

  /** Throws when the caller's signal has already fired. */
  throwIfAborted(): void {
    if (this.#signal?.aborted) throw this.#aborted(this.#signal);
  }

  /**
   * Runs one phase for at most `limit` ms. It is left at once when time runs out or the caller aborts,
   * even if the work ignores the signal that it is given.
   *
   * @param awaited What the phase waits for, where that is not the answer to the call itself.
   * @throws TimeoutError · AbortError · whatever the work throws
   */
  run<T>(
    work: (signal: AbortSignal) => Promise<T>,
    limit: number = Number.POSITIVE_INFINITY,
    awaited?: string,
  ): Promise<T> {
    const caller = this.#signal;
    if (caller?.aborted) return Promise.reject(this.#aborted(caller));
    const { remaining } = this;
    if (remaining === 0) return Promise.reject(this.#exceeded(awaited));
    return new Promise((resolve, reject) => {
      const controller = new AbortController();
      const leave = (error: Error) => {
        settle();
        reject(error);
        controller.abort();
      };
      const onAbort = () => caller && leave(this.#aborted(caller));
      const timer = this.#arm(
        limit < remaining
          ? setTimeout(() => leave(this.#attemptTimedOut(limit)), limit)
          : setTimeout(() => leave(this.#exceeded(awaited)), remaining),
      );
      caller?.addEventListener("abort", onAbort);
      const settle = () => {
        clearTimeout(timer);
        caller?.removeEventListener("abort", onAbort);
      };
      work(controller.signal).then(
        (value) => {
          settle();
          resolve(value);
        },
        (error) => {
          settle();
          reject(error);
        },
      );
    });
  }

  /**
   * Waits. The deadline and the caller's signal end the wait early, with an error; the function passed to `onStart`
   * ends it without one.
   *
   * @param awaited What it waits for, where that is not simply the time.
   */
  sleep(
    milliseconds: number,
    onStart?: (wake: () => void) => void,
    awaited?: string,
  ): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    return this.run(
      () =>
        new Promise<void>((resolve) => {
          timer = this.#arm(setTimeout(resolve, milliseconds));
          onStart?.(resolve);
        }),
      undefined,
      awaited,
    ).finally(() => clearTimeout(timer));
  }

  #attemptTimedOut(limit: number): TimeoutError {
    const message = `${this.#context.operation}: no complete answer within ${limit} ms (option timeout).`;
    return new TimeoutError(message, { code: "attempt_timeout", context: { ...this.#context } });
  }

  #exceeded(awaited?: string): TimeoutError {
    const phase = awaited ? `, while it waited for ${awaited}` : "";
    const message = `${this.#context.operation}: not done within ${this.#budget} ms (option deadline), after ${this.#context.attempts} attempt(s)${phase}.`;
    return new TimeoutError(message, { code: "deadline_exceeded", context: { ...this.#context } });
  }

  #aborted(signal: AbortSignal): AbortError {
    const message = `${this.#context.operation}: aborted by its signal after ${this.#context.attempts} attempt(s).`;
    return new AbortError(message, {
      code: "aborted",
      cause: signal.reason,
      context: { ...this.#context },
    });
  }
}

/** Options of the next request of a call, whose deadline all its requests share. */
export type Budget = () => RequestOptions;

/** Begins a call that takes several requests. */
export function startBudget(options: RequestOptions, deadline: number): Budget {
  const endsAt = performance.now() + deadline;
  // At least 1 ms, so that running out is reported as a time-out and not as a bad option.
  return () => ({ ...options, deadline: Math.max(1, endsAt - performance.now()) });
}
