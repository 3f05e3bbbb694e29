import type { ClaimedEvent, Postponement } from "../../../storage/contracts/index.ts";
import type { ErrorReporter } from "../shared/error-reporter.ts";
import type { Incoming } from "../shared/handlers.ts";
import type { Circuit, Verdict } from "./circuit.ts";
import type { EventStoreCalls } from "./event-store-calls.ts";

/** How long to wait for an event to compare a suspect with, in ms. */
const claimInterval = 1_000;
/** After how many claims in vain it is tried again itself: an event of the probe before is due by then. */
const maxEmptyClaims = 10;

type Retry = Pick<Postponement, "pause" | "attempts">;

/** An event with which as many probes failed as there are attempts. */
export interface Suspect {
  readonly claimed: ClaimedEvent;
  readonly incoming: Incoming;
  readonly error: unknown;
  readonly reason: string;
  readonly verdict: Verdict;
  /** Whether it is still held, and not yet a dead letter. */
  readonly isHeld: boolean;
}

/**
 * While a circuit is open: events that were probed as often as an event is tried. Another event shows whether they
 * alone are to blame. They are held meanwhile. When it fails as well they get their attempts back. When its handlers are
 * done each has one last attempt: what handlers need may have come back after it failed.
 *
 * When nothing else is due they are tried again. One that fails makes way at once for the next event of its own lane, as
 * a dead letter that is revived in its old place unless that shows that it is to blame: nothing of the lane has been
 * handled in between, and an outage had hardly time to end.
 */
export class Suspects {
  readonly #calls: EventStoreCalls;
  readonly #circuit: Circuit;
  readonly #reporter: ErrorReporter;
  readonly #lease: number;
  readonly #maxAttempts: number;
  /** Events that make way when they fail once more. */
  readonly #triedAgain = new Set<string>();
  #suspects: Suspect[] = [];
  #emptyClaims = 0;

  constructor(
    calls: EventStoreCalls,
    circuit: Circuit,
    reporter: ErrorReporter,
    { lease, maxAttempts }: { readonly lease: number; readonly maxAttempts: number },
  ) {
    this.#calls = calls;
    this.#circuit = circuit;
    this.#reporter = reporter;
    this.#lease = lease;
    this.#maxAttempts = maxAttempts;
  }

  /** How many there are, with those that are tried again. */
  get size(): number {
    return this.#suspects.length + this.#triedAgain.size;
  }

  /** Adds one, and has another event tried at once. */
  async add(suspect: Omit<Suspect, "isHeld">): Promise<void> {
    const { claimed, reason } = suspect;
    const isHeld = !this.#triedAgain.delete(claimed.id);
    this.#suspects.push({ ...suspect, isHeld });
    this.#emptyClaims = 0;
    if (!isHeld) await this.#calls.bury(claimed, reason);
    this.#circuit.probeIn(0);
  }

  /** Keeps them from being handed out to others. */
  async renew(): Promise<void> {
    for (const { isHeld, claimed } of this.#suspects) {
      if (!isHeld) continue;
      try {
        await this.#calls.renew(claimed, this.#lease);
      } catch (failure) {
        // Probes go on: one that succeeds settles it.
        this.#reporter.report(failure, { stage: "store" });
      }
    }
  }

  /** Nothing was due to compare them with. */
  async foundNothing(): Promise<void> {
    if (++this.#emptyClaims < maxEmptyClaims) return this.#circuit.probeIn(claimInterval);
    const held = this.#suspects.filter(({ isHeld }) => isHeld);
    if (held.length === 0) return this.settle(false);
    this.#suspects = this.#suspects.filter(({ isHeld }) => !isHeld);
    for (const suspect of held) {
      this.#triedAgain.add(suspect.claimed.id);
      await this.#release(suspect, { pause: 0, attempts: suspect.verdict.attempts });
    }
    this.#circuit.probeIn(0);
  }

  /** Another event has shown whether they are to blame. */
  async settle(areToBlame: boolean): Promise<void> {
    const suspects = this.#suspects;
    this.#suspects = [];
    this.#triedAgain.clear();
    const lastAttempt = { pause: 0, attempts: this.#maxAttempts - 1 };
    for (const suspect of suspects) {
      const { claimed, incoming, error, verdict, isHeld } = suspect;
      this.#circuit.cleared(claimed.id);
      if (isHeld) {
        await this.#release(suspect, areToBlame ? lastAttempt : verdict);
        continue;
      }
      if (!areToBlame) this.#circuit.revive(claimed.id);
      this.#reporter.eventFailed(error, incoming, !areToBlame);
    }
  }

  /** Has one tried again that is held; never rejects. */
  async #release({ claimed, incoming, error, reason }: Suspect, next: Retry): Promise<void> {
    try {
      await postponeCounted(this.#calls, this.#circuit, { event: claimed, ...next, reason });
    } catch (failure) {
      // It comes again when its lease ends.
      this.#reporter.report(failure, { stage: "store" });
    }
    this.#reporter.eventFailed(error, incoming, true);
  }
}

/** Postpones an event, and tells the circuit how many attempts the store counts; returns whether the store has kept it. */
export async function postponeCounted(
  calls: EventStoreCalls,
  circuit: Circuit,
  postponement: Postponement,
): Promise<boolean> {
  const { event, attempts } = postponement;
  // Until the store has kept it, it counts the attempt.
  circuit.kept(event.id, event.attempt, attempts);
  const kept = await calls.postpone(postponement);
  if (kept === undefined) return false;
  circuit.kept(event.id, kept, attempts);
  return true;
}
