import type { ConcurrencyLimiter, Place } from "./concurrency-limiter.ts";
import type { Deadline } from "./deadline.ts";
import { FairTurns } from "./fair-turns.ts";
import { RequestRate } from "./request-rate.ts";
import type { TokenSource } from "./token-source.ts";

/** Time until a call looks again whether a place is free, in ms: slow requests give up theirs without notice. */
const patience = 250;

/** The limits that a host has set, of the requests in flight and of those in a second. Calls take turns by end user. */
export class HostLimits {
  readonly #limiter: ConcurrencyLimiter;
  readonly #tokens: TokenSource;
  readonly #rate: RequestRate | undefined;

  constructor(
    limiter: ConcurrencyLimiter,
    tokens: TokenSource,
    { maxRequestsPerSecond }: { maxRequestsPerSecond?: number | undefined },
  ) {
    this.#limiter = limiter;
    this.#tokens = tokens;
    this.#rate =
      maxRequestsPerSecond === undefined ? undefined : new RequestRate(maxRequestsPerSecond);
    limiter.queue.order(new FairTurns());
  }

  /**
   * Waits until a request may be sent, and for its token first: requests that had their turns and then waited for a
   * token would all be sent at the same time.
   */
  async pass(deadline: Deadline, userId: string | undefined, needsToken: boolean): Promise<Place> {
    const { queue } = this.#limiter;
    const hasToken = () => !needsToken || this.#tokens.current() !== undefined;
    let isReady = hasToken;
    for (;;) {
      if (!hasToken()) await this.#tokens.obtain(deadline);
      const place = await queue.pass<Place | false>(
        deadline,
        (isFirst) => (isFirst ? isReady() && this.#place(deadline) : undefined),
        () => this.#rate?.wait(performance.now()) || patience,
        userId,
      );
      if (place) return place;
      // Not again: a token that ends sooner than a call would let it wait for ever.
      isReady = () => true;
    }
  }

  #place({ remaining }: Deadline): Place | undefined {
    const now = performance.now();
    if (this.#rate && this.#rate.wait(now) > 0) return undefined;
    const place = this.#limiter.place(remaining);
    if (place) this.#rate?.sent(now);
    return place;
  }
}
