import type { InterimInverterStatistics, InverterStatistics } from "../../../../generated/types.ts";
import { eventEnvelope } from "../../events/envelope.ts";
import { type CalendarTime, partsOf, spanOf } from "../../shared/time/calendar.ts";
import { timeZone } from "../../shared/time/time-zone.ts";
import { DAY, MINUTE, withOffset } from "../../shared/time/units.ts";
import type { SimulatedInverter } from "../../simulation/devices/inverter.ts";
import type { TimedProcess } from "../../simulation/world/process-scheduler.ts";
import type { World } from "../../simulation/world/world.ts";
import { rounded } from "./tally.ts";

// How long the vendor takes to return the figures. Enode does not document its own value.
const COLLECTING = MINUTE;
const QUARTER = 15 * MINUTE;
/** How far back history before the linking reaches, in quarters of an hour. */
const QUARTERS_KNOWN: number = 30 * DAY;
const MONTHS_KNOWN = 3;

/** Figures that Enode collects from the vendor. */
interface Collection {
  readonly inverter: SimulatedInverter;
  readonly time: CalendarTime;
  /** The end of the day or month, as a timestamp in milliseconds. */
  readonly ends: number;
  /** Whether the vendor has returned figures. */
  hasAnswer: boolean;
  /** When the vendor returns the next figures; Infinity when they are final. */
  updatesAt: number;
}

/** The production statistics of inverters: they are collected from the vendor after the first request. */
export class InverterStatisticsService implements TimedProcess {
  readonly #world: World;
  readonly #collections = new Map<SimulatedInverter, Map<string, Collection>>();
  /** The collections that are not final yet. */
  readonly #open = new Set<Collection>();

  constructor(world: World) {
    this.#world = world;
    world.scheduler.add(this);
    world.onDeviceRemoved.push((device) => {
      if (device.kind !== "inverter") return;
      for (const collection of this.#collections.get(device)?.values() ?? []) {
        this.#open.delete(collection);
      }
      this.#collections.delete(device);
    });
  }

  /** The figures so far; with `retryAfter` while they may change. */
  statisticsOf(
    inverter: SimulatedInverter,
    time: CalendarTime,
    now: number,
  ): InverterStatistics | InterimInverterStatistics {
    const collection = this.#collectionOf(inverter, time, now);
    const statistics = this.#statistics(collection, now);
    if (collection.updatesAt === Number.POSITIVE_INFINITY) return statistics;
    // A day or month in progress has new figures each quarter of an hour.
    const nextQuarter = now - (now % QUARTER) + QUARTER;
    const retryAt = collection.hasAnswer
      ? Math.min(nextQuarter, collection.updatesAt)
      : collection.updatesAt;
    return { ...statistics, retryAfter: new Date(retryAt).toISOString() };
  }

  nextEventAt(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { updatesAt } of this.#open) earliest = Math.min(earliest, updatesAt);
    return earliest;
  }

  run(now: number): void {
    for (const collection of [...this.#open]) {
      if (collection.updatesAt > now) continue;
      const isFinal = collection.ends + COLLECTING <= now;
      collection.hasAnswer = true;
      collection.updatesAt = isFinal ? Number.POSITIVE_INFINITY : collection.ends + COLLECTING;
      if (isFinal) this.#open.delete(collection);
      this.#raiseEvent(collection, now);
    }
  }

  #collectionOf(inverter: SimulatedInverter, time: CalendarTime, now: number): Collection {
    const ofInverter = this.#collections.get(inverter) ?? new Map<string, Collection>();
    this.#collections.set(inverter, ofInverter);
    const key = `${time.year}-${time.month}-${time.day ?? ""}`;
    const known = ofInverter.get(key);
    if (known !== undefined) return known;
    const { to } = spanOf(time, timeZone(inverter.site.timezone));
    const updatesAt = now + COLLECTING;
    const collection: Collection = { inverter, time, ends: to, hasAnswer: false, updatesAt };
    ofInverter.set(key, collection);
    this.#open.add(collection);
    return collection;
  }

  #statistics({ inverter, time, hasAnswer }: Collection, now: number): InverterStatistics {
    const { timezone } = inverter.site;
    const zone = timeZone(timezone);
    const offset = zone.offsetAt(now);
    const since = this.#knownSince(inverter, time);
    const data = partsOf(time, zone).map(({ from, to }) => {
      const isKnown = hasAnswer && from >= since && from < now && (time.day === null || to <= now);
      const value = isKnown ? rounded(inverter.production(from, Math.min(to, now))) : null;
      return { date: withOffset(from, offset), value };
    });
    const resolution = time.day === null ? "DAY" : "QUARTER_HOUR";
    return { timezone, resolutions: { [resolution]: { unit: "kWh", data } } };
  }

  /** The time from which the vendor has figures. */
  #knownSince({ wire }: SimulatedInverter, { day }: CalendarTime): number {
    const linkedAt = new Date(this.#world.users.get(wire.userId)?.createdAt ?? 0);
    const installedAt = Date.parse(wire.information.installationDate);
    if (day !== null) return Math.max(installedAt, linkedAt.getTime() - QUARTERS_KNOWN);
    return Math.max(installedAt, linkedAt.setUTCMonth(linkedAt.getUTCMonth() - MONTHS_KNOWN));
  }

  #raiseEvent(collection: Collection, at: number): void {
    const { inverter, time } = collection;
    const { id, userId } = inverter.wire;
    const statistics = { ...this.#statistics(collection, at), inverterId: id, ...time };
    this.#world.observer?.raise(
      {
        event: "user:inverter:statistics-updated",
        ...eventEnvelope(at),
        user: { id: userId },
        statistics,
      },
      at,
    );
  }
}
