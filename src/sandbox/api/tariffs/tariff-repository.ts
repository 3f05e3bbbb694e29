import type {
  LocationTariff,
  LocationTariffScheduleEntry,
  Tariff,
} from "../../../../generated/types.ts";
import { invalid } from "../../http/body-validation.ts";
import { notFound } from "../../http/problems.ts";
import { minutesOf } from "../../shared/time/clock-time.ts";
import { WEEKDAYS, weekdayOf } from "../../shared/time/weekdays.ts";
import type { LocationRepository } from "../locations/location-repository.ts";

type Week = readonly LocationTariffScheduleEntry[];

/** Tariffs by their IDs, and weeks by the IDs of locations. */
export interface SavedTariffs {
  readonly tariffs: readonly (readonly [id: string, tariff: Tariff])[];
  readonly weeks: readonly (readonly [locationId: string, week: Week])[];
}

/** The tariffs of a client, and the locations to which they are linked. */
export class TariffRepository {
  readonly #locations: LocationRepository;
  readonly #tariffs = new Map<string, Tariff>();
  readonly #weeks = new Map<string, Week>();

  constructor(locations: LocationRepository) {
    this.#locations = locations;
    locations.onRemoved.push((id) => this.#weeks.delete(id));
  }

  /** A tariff; throws a 404 when there is none. */
  require(id: string): Tariff {
    const tariff = this.#tariffs.get(id);
    if (tariff === undefined) throw notFound(`There is no tariff with the ID ${id}`);
    return tariff;
  }

  get saved(): SavedTariffs {
    return { tariffs: [...this.#tariffs], weeks: [...this.#weeks] };
  }

  /** Adds the tariffs of another sandbox. */
  restore({ tariffs, weeks }: SavedTariffs): void {
    for (const [id, tariff] of tariffs) this.#tariffs.set(id, tariff);
    for (const [locationId, week] of weeks) this.#weeks.set(locationId, week);
  }

  set(id: string, tariff: Tariff): void {
    this.#tariffs.set(id, tariff);
  }

  /** The tariff intervals of a location in a week, in order; undefined when no tariff was linked. */
  weekOf(locationId: string): Week | undefined {
    return this.#weeks.get(locationId);
  }

  link(locationId: string, { tariffId, tariffIntervals }: LocationTariff): void {
    const week = WEEKDAYS.flatMap((weekday) =>
      tariffIntervals
        .filter(({ weekdays = WEEKDAYS }) => weekdays.includes(weekday))
        .map(({ name, from, to }) => {
          const hours = { fromHourMinute: from, toHourMinute: to };
          return { weekday, ...hours, tariffId, tariffName: name };
        })
        .sort((a, b) => minutesOf(a.fromHourMinute) - minutesOf(b.fromHourMinute)),
    );
    for (const [index, entry] of week.entries()) {
      const next = week[index + 1];
      if (next?.weekday !== entry.weekday || next.fromHourMinute >= entry.toHourMinute) continue;
      const message = `must not overlap: ${entry.tariffName} and ${next.tariffName} do`;
      throw invalid("tariffIntervals", message);
    }
    this.#weeks.set(locationId, week);
  }

  /** The price per kWh by the tariff of a location; null at times without one. */
  costAt(locationId: string, time: number): number | null {
    const zone = this.#locations.zoneOf(locationId);
    const day = zone.dayAt(time);
    const entry = this.#weeks
      .get(locationId)
      ?.find(
        ({ weekday, fromHourMinute, toHourMinute }) =>
          weekday === weekdayOf(day) &&
          zone.timestampOf(day, minutesOf(fromHourMinute)) <= time &&
          time < zone.timestampOf(day, minutesOf(toHourMinute)),
      );
    const tariff = entry === undefined ? undefined : this.#tariffs.get(entry.tariffId);
    const rate = tariff?.find(({ name }) => name === entry?.tariffName);
    return rate === undefined ? null : Number(rate.cost);
  }
}
