import { withFallback } from "../../shared/with-fallback.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import { lease, type State, type Subject } from "./state-store.ts";

/** The records of one subject that this process is working on. */
export interface Hand {
  readonly subject: Subject;
  readonly userId: string | null;
  readonly records: readonly DeviceRecord[];
  /** Present as long as the lock of the subject is held. */
  state: State | undefined;
  /** Whether another process holds the lock. */
  isRefused: boolean;
}

interface Held {
  readonly begunAt: number;
  readonly released: Promise<void>;
  readonly release: () => void;
}

/** Has the records of one subject handled one call after the other, within this process. */
export class Hands {
  readonly #held = new Map<string, Held>();
  readonly #ofHand = new WeakMap<Hand, Held>();

  /** Takes subjects when nobody else has them; returns whether it did, in time. */
  async take(hands: readonly Hand[], time: number): Promise<boolean> {
    const endsAt = performance.now() + time;
    for (;;) {
      const busy = hands.flatMap((hand) => this.#heldOf(hand) ?? []);
      if (busy.length === 0) break;
      const left = endsAt - performance.now();
      if (left <= 0) return false;
      const all = Promise.all(busy.map(({ released }) => released)).then(nothing);
      await withFallback(all, left, nothing);
    }
    // All at once, so that two calls never wait for each other.
    for (const hand of hands) {
      let release: () => void = () => undefined;
      const released = new Promise<void>((resolve) => {
        release = resolve;
      });
      const held = { begunAt: performance.now(), released, release };
      this.#held.set(idOf(hand), held);
      this.#ofHand.set(hand, held);
    }
    return true;
  }

  isHeld(hand: Hand): boolean {
    return this.#heldOf(hand) !== undefined;
  }

  release(hand: Hand): void {
    const held = this.#ofHand.get(hand);
    // Somebody else may have it by now.
    if (this.#held.get(idOf(hand)) === held) this.#held.delete(idOf(hand));
    held?.release();
  }

  #heldOf(hand: Hand): Held | undefined {
    const held = this.#held.get(idOf(hand));
    // On Workers the request that has it may have ended silently.
    return held && performance.now() - held.begunAt < lease ? held : undefined;
  }
}

function idOf({ subject }: Hand): string {
  return `${subject.collection}/${subject.id}`;
}

async function nothing(): Promise<void> {}
