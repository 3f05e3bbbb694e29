import { type CallContext, RateLimitError } from "../errors/index.ts";
import type { Answer, Scopes } from "./concurrency-limiter.ts";
import type { Deadline } from "./deadline.ts";
import { longestPause, Pace, unneededAfter } from "./pace.ts";
import { WaitQueue } from "./wait-queue.ts";

/** Answers of this time decide whether a limit is wide, in ms. */
const window = 5_000;
/** Least part of them that is refused by a wide limit. */
const considerable = 0.1;
/** Least number of refused resources for a limit of an operation, or of the client. */
const fewestResources = 3;

interface Gate {
  readonly pace: Pace;
  readonly queue: WaitQueue;
  refusedAt: number;
}

/**
 * Holds calls back after a 429. A 429 does not say whether its limit is that of a device, a user, an endpoint or
 * the whole client. So it applies at once only to the operation on the refused resource. It applies to all calls of
 * the operation, or of the whole client, when a considerable part of their answers of the last seconds were
 * refusals, of several resources and, for the client, of several operations.
 *
 * Loaded with the first 429: most clients never see one.
 */
export class RateLimits {
  readonly #answers: readonly Answer[];
  readonly #gates = new Map<string, Gate>();

  /** @param answers The last answers; the limiter updates this list. */
  constructor(answers: readonly Answer[]) {
    this.#answers = answers;
  }

  /** Milliseconds until requests of all these scopes may be sent again. */
  pause(scopes: Scopes): number {
    const now = performance.now();
    return Math.max(...scopes.map((scope) => this.#gates.get(scope)?.pace.pause(now) ?? 0));
  }

  /** Whether a request of one of these scopes was refused since then. */
  haveTightened(scopes: Scopes, since: number): boolean {
    return scopes.some((scope) => (this.#gates.get(scope)?.refusedAt ?? 0) > since);
  }

  /**
   * Waits until a request may be sent, in the order of arrival.
   *
   * @throws RateLimitError when the call has no time for the pause.
   */
  async pass(scopes: Scopes, context: CallContext, deadline: Deadline): Promise<void> {
    do {
      for (const scope of scopes) {
        const gate = this.#gates.get(scope);
        if (!gate) continue;
        const { pace, queue } = gate;
        const enter = (isFirst: boolean) => {
          const now = performance.now();
          if (isFirst && pace.wait(now) === 0) {
            pace.sent(now);
            return true;
          }
          const pause = this.pause(scopes);
          if (pause > 0 && pause >= deadline.remaining) throw toUnsentError(context, pause);
          return undefined;
        };
        await queue.pass(deadline, enter, () => pace.wait(performance.now()));
      }
      // A narrow one may have been refused again while this call waited for a wide one.
    } while (this.pause(scopes) > 0);
  }

  /** An answer has arrived. */
  answered({ scopes, sentAt, at, refusedFor }: Answer): void {
    if (refusedFor === undefined) {
      for (const scope of scopes) this.#gates.get(scope)?.pace.answered(sentAt);
      return;
    }
    for (const [scope, { queue, refusedAt }] of this.#gates) {
      if (queue.isEmpty && at - refusedAt > longestPause + unneededAfter) this.#gates.delete(scope);
    }
    scopes.forEach((scope, level) => {
      const recent = this.#answers.filter(
        (each) => each.scopes[level] === scope && at - each.at < window,
      );
      if (level > 0 && !isWide(recent, level - 1)) return;
      const gate = this.#gates.get(scope) ?? {
        pace: new Pace(),
        queue: new WaitQueue(),
        refusedAt: at,
      };
      this.#gates.set(scope, gate);
      gate.refusedAt = at;
      gate.pace.refused(
        sentAt,
        refusedFor,
        at,
        recent.filter((each) => !isRefusal(each) && at - each.at < 1000).length,
      );
    });
  }
}

/** @param parts Index of the scopes of which several must have been refused. */
function isWide(answers: readonly Answer[], parts: number): boolean {
  const refusals = answers.filter(isRefusal);
  const count = (level: number) => new Set(refusals.map(({ scopes }) => scopes[level])).size;
  return (
    refusals.length >= answers.length * considerable &&
    count(0) >= fewestResources &&
    count(parts) > 1
  );
}

function isRefusal({ refusedFor }: Answer): boolean {
  return refusedFor !== undefined;
}

/** The error of a call whose deadline ends before the pause of an earlier answer, of `pause` ms. */
function toUnsentError(context: CallContext, pause: number): RateLimitError {
  return new RateLimitError(
    `${context.operation} was not sent: an earlier answer asked to slow down for longer than the deadline of this call.`,
    {
      code: "rate_limited",
      context: { ...context },
      status: 429,
      retryAt: new Date(Math.ceil(Date.now() + pause)),
    },
  );
}
