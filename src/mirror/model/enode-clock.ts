import type { Enode } from "../../enode.ts";
import { withFallback } from "../../shared/with-fallback.ts";

/** By how much a timestamp may be ahead of the known time of Enode's clock, in ms: no two clocks agree. */
const tolerance = 1_000;
/** Time for asking Enode: an event waits for it. */
const deadline = 2_000;
/** Pause after a failed request for the time, in ms. */
const pause = 10_000;

/**
 * Enode's clock, by which updates are ordered. An update with a timestamp in the future comes from a wrong clock,
 * and would block all updates until that time. When this machine's clock is behind, all updates seem to be from the
 * future: the time in Enode's answers shows which clock is wrong.
 */
export class EnodeClock {
  readonly #enode: Enode;
  /** By how much Enode's clock is ahead of this machine's, at least and at most; below 0 when it is behind. */
  #ahead: readonly [least: number, most: number] = [0, 0];
  #failedAt = Number.NEGATIVE_INFINITY;
  #asking: { readonly work: Promise<void>; readonly begunAt: number } | undefined;

  constructor(enode: Enode) {
    this.#enode = enode;
  }

  /** The latest timestamp that an update can have now. */
  get latest(): number {
    return Date.now() + this.#ahead[1] + tolerance;
  }

  /**
   * Takes the time of an answer.
   *
   * @param date Its `date` header, which is rounded down to the second.
   * @param calledAt When the call was made, by this machine's clock.
   */
  learn(date: string | null, calledAt: number): void {
    const time = Date.parse(date ?? "");
    if (Number.isFinite(time)) this.#ahead = [time - Date.now(), time + 1_000 - calledAt];
  }

  /**
   * Returns a function that gives the timestamp by which to order an update: its own, or the present time when its
   * own is in the future. Asks Enode for the time when there are such timestamps.
   */
  async dating(times: Iterable<number>): Promise<(time: number) => number> {
    for (const time of times) {
      if (time <= this.latest) continue;
      await this.#ask();
      break;
    }
    const { latest } = this;
    // The lower bound: an update that is newer must not be taken for older.
    const now = Date.now() + this.#ahead[0];
    return (time) => (time > latest ? now : time);
  }

  async #ask(): Promise<void> {
    const now = performance.now();
    if (now - this.#failedAt < pause) return;
    // One that would have ended by now has ended with the request that began it.
    if (!this.#asking || now - this.#asking.begunAt > deadline) {
      this.#asking = { work: this.#read(), begunAt: now };
    }
    await withFallback(this.#asking.work, deadline, async () => undefined);
  }

  async #read(): Promise<void> {
    const calledAt = Date.now();
    try {
      const call = this.#enode.request("getServiceReadiness", {}, { deadline, maxRetries: 0 });
      const { response } = await call.withResponse();
      this.learn(response.headers.get("date"), calledAt);
    } catch {
      // Then this machine's clock is used.
      this.#failedAt = performance.now();
    } finally {
      this.#asking = undefined;
    }
  }
}
