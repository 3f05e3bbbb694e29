import type { ClaimedEvent, Postponement } from "../../../storage/contracts/index.ts";
import type { ErrorReporter } from "../shared/error-reporter.ts";
import type { Incoming } from "../shared/handlers.ts";
import type { Circuit, Verdict } from "./circuit.ts";
import type { EventStoreCalls } from "./event-store-calls.ts";

/** How long to wait for an event to compare a suspect with, in ms. */
const claimInterval = 1_000;
/** After how many claims in vain it makes way for the next event of its own lane: one of the probe before is due then. */
const maxEmptyClaims = 10;

/** An event with which as many probes failed as there are attempts. */
export interface Suspect {
  readonly claimed: ClaimedEvent;
  readonly incoming: Incoming;
  readonly error: unknown;
  readonly reason: string;
  readonly verdict: Verdict;
  /** Whether it is still held, and not yet a dead letter. */
  isHeld: boolean;
}

/**
 * While a circuit is open: events that were probed as often as an event is tried. Another event shows whether they
 * alone are to blame. When its handlers are done they become dead letters; when it fails as well they get their
 * attempts back. They are held meanwhile. Only when nothing else is due they make way for the next event of their own
 * lane, as dead letters that are revived in their old places: nothing of the lane has been handled in between.
 */
export class Suspects {
  readonly #calls: EventStoreCalls;
  readonly #circuit: Circuit;
  readonly #reporter: ErrorReporter;
  readonly #lease: number;
  #suspects: Suspect[] = [];
  #emptyClaims = 0;

  constructor(calls: EventStoreCalls, circuit: Circuit, reporter: ErrorReporter, lease: number) {
    this.#calls = calls;
    this.#circuit = circuit;
    this.#reporter = reporter;
    this.#lease = lease;
  }

  get size(): number {
    return this.#suspects.length;
  }

  /** Adds one, and has another event tried at once. */
  add(suspect: Omit<Suspect, "isHeld">): void {
    this.#suspects.push({ ...suspect, isHeld: true });
    this.#emptyClaims = 0;
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
    for (const suspect of held) {
      await this.#bury(suspect);
      suspect.isHeld = false;
    }
    this.#circuit.probeIn(0);
  }

  /** Another event has shown whether they are to blame. */
  async settle(areToBlame: boolean): Promise<void> {
    const suspects = this.#suspects;
    this.#suspects = [];
    for (const suspect of suspects) {
      const { claimed, incoming, error } = suspect;
      let isDead = false;
      try {
        if (areToBlame) isDead = suspect.isHeld ? await this.#bury(suspect) : true;
        else await this.#release(suspect);
      } catch (failure) {
        // It comes again when its lease ends.
        this.#reporter.report(failure, { stage: "store" });
      }
      this.#circuit.cleared(claimed.id);
      this.#reporter.eventFailed(error, incoming, !isDead);
    }
  }

  #bury({ claimed, reason }: Suspect): Promise<boolean> {
    return this.#calls.bury(claimed, reason);
  }

  async #release({ claimed, reason, verdict, isHeld }: Suspect): Promise<void> {
    const { id } = claimed;
    if (!isHeld) return this.#circuit.revive(id);
    const { pause, attempts } = verdict;
    await postponeCounted(this.#calls, this.#circuit, { event: claimed, pause, attempts, reason });
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
