import type { DeviceRecord } from "../../storage/contracts/index.ts";
import type { EnodeClock } from "../model/enode-clock.ts";
import { syncTimeout } from "../store/checked-store.ts";
import type { MirrorContext } from "./context.ts";

/** How long after a change its event may arrive, in ms: Enode's delivery, and what waits at the host. */
const longest = 120_000;
/** Devices of the copy that are looked at, to see when an event arrived last. Their IDs are in no order of time. */
const sampled = 500;

/**
 * Tells a change whose event was missed from one whose event is still under way.
 *
 * Where the copy of a device is recent, whatever differs has changed since. Where it is old, the device either has
 * just told of something for the first time in a while, or nobody heard of all that it told: a device that reports
 * every two minutes always has a recent reading. What decides then is whether events were arriving at all.
 */
export class EventLag {
  readonly #clock: EnodeClock;
  readonly #lastEventAt: number;
  readonly #begunAt = performance.now();

  private constructor(clock: EnodeClock, lastEventAt: number) {
    this.#clock = clock;
    this.#lastEventAt = lastEventAt;
  }

  /** To be called before anything is repaired. */
  static async of({ store, clock }: MirrorContext): Promise<EventLag> {
    const sample = await store.list(
      { collection: "devices", limit: sampled },
      undefined,
      syncTimeout,
    );
    const times = sample.map(({ source, observedAt }) => (source === "webhook" ? observedAt : 0));
    return new EventLag(clock, Math.max(0, ...times));
  }

  /** Whether the event of what a record has and the known one has not may be under way. */
  mayBeUnderWay(record: DeviceRecord, known: DeviceRecord): boolean {
    const recent = this.#clock.latest - longest;
    if (known.observedAt >= recent) return true;
    const { readingAt = 0 } = record;
    const begunAt = recent - (performance.now() - this.#begunAt);
    return (
      this.#lastEventAt >= begunAt && readingAt >= recent && readingAt > (known.readingAt ?? 0)
    );
  }
}
