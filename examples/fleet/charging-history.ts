// What a car did in the last day, and its charging sessions of the last week, from the app's own history.
import type { Enode, Tariff } from "enode-sdk";
import { isNotFoundError } from "enode-sdk";
import type { History, HistorySession, SessionTariff } from "enode-sdk/history";
import type { Car } from "./cars.ts";
import type { ChartData } from "./pages/chart.ts";
import type { AppUser } from "./users.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A chart shows at least so much, in ms. */
const SHORTEST = 3 * HOUR;
/** So long a tariff is used without reading it again, in ms. */
const LIFETIME = 60_000;

/** What the page of a car shows of its past. */
export interface CarHistory {
  readonly chart: ChartData;
  /** Newest first. */
  readonly sessions: readonly HistorySession[];
}

/** Reads the history of cars. */
export class ChargingHistory {
  readonly #enode: Enode;
  readonly #history: History;
  readonly #now: () => Date;
  readonly #tariffs = new Map<
    string,
    { readonly until: number; readonly tariff: SessionTariff | undefined }
  >();

  constructor(enode: Enode, history: History, now: () => Date) {
    this.#enode = enode;
    this.#history = history;
    this.#now = now;
  }

  /** The history of a car that is known to be the user's. */
  async read({ timeZone }: AppUser, { id: deviceId, vehicle }: Car): Promise<CarHistory> {
    const to = this.#now();
    const from = new Date(to.getTime() - DAY);
    const tariff = await this.#tariffAt(vehicle?.location.id ?? null);
    const span = { deviceId, from, to };
    const [level, power, charging, sessions] = await Promise.all([
      this.#history.series({ ...span, every: "5m", metric: "chargeState.batteryLevel" }),
      // Power comes and goes in an instant.
      this.#history.series({ ...span, every: "1m", metric: "chargeState.chargeRate" }),
      this.#history.series({ ...span, every: "1m", metric: "chargeState.isCharging" }),
      this.#history.sessions({
        deviceId,
        from: new Date(to.getTime() - 7 * DAY),
        to,
        ...(tariff && { tariff, timeZone }),
      }),
    ]);
    const known = level.points.find(({ mean }) => mean !== null)?.from ?? from;
    return {
      chart: {
        // A car that is new is not shown after a day of nothing.
        from: new Date(Math.min(known.getTime(), to.getTime() - SHORTEST)),
        to,
        level: level.points.map((each) => ({ ...each, value: numberOf(each.last) })),
        power: power.points.map((each, at) => {
          // Cars tell a power only while they charge; of the rest it is known that they do not.
          const share = charging.points[at]?.mean ?? null;
          const value = share === 0 ? 0 : each.mean && each.mean * (share ?? 1);
          return { ...each, value };
        }),
        cheap: tariff ? cheapHours(tariff, from, to, timeZone) : [],
        timeZone,
      },
      sessions: sessions.reverse(),
    };
  }

  /** The tariff of a place, as it was set: by the clocks of the place. */
  async #tariffAt(locationId: string | null): Promise<SessionTariff | undefined> {
    if (locationId === null) return undefined;
    const known = this.#tariffs.get(locationId);
    if (known && known.until > Date.now()) return known.tariff;
    const tariff = await this.#readTariff(locationId);
    this.#tariffs.set(locationId, { until: Date.now() + LIFETIME, tariff });
    return tariff;
  }

  async #readTariff(locationId: string): Promise<SessionTariff | undefined> {
    try {
      const week = await this.#enode.locations.getTariff(locationId);
      const [first] = week;
      if (first === undefined) return undefined;
      return {
        rates: await this.#enode.tariffs.get(first.tariffId),
        intervals: week.map(({ weekday, fromHourMinute, toHourMinute, tariffName }) => ({
          name: tariffName,
          weekdays: [weekday],
          from: fromHourMinute,
          to: toHourMinute,
        })),
      };
    } catch (error) {
      if (isNotFoundError(error)) return undefined;
      throw error;
    }
  }
}

/** The hours of the lowest rate. */
function cheapHours(tariff: SessionTariff, from: Date, to: Date, timeZone: string) {
  const cheapest = cheapestOf(tariff.rates);
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const parts: { from: Date; to: Date }[] = [];
  const step = HOUR / 4;
  for (let at = Math.floor(from.getTime() / step) * step; at < to.getTime(); at += step) {
    const words = Object.fromEntries(
      format.formatToParts(at).map(({ type, value }) => [type, value]),
    );
    const weekday = "Mon Tue Wed Thu Fri Sat Sun".split(" ").indexOf(words["weekday"] ?? "");
    const time = `${words["hour"]}:${words["minute"]}`;
    const isCheap = tariff.intervals.some(
      (each) =>
        each.name === cheapest &&
        (each.weekdays ?? []).some((day) => day === weekday) &&
        each.from <= time &&
        time < each.to,
    );
    if (!isCheap) continue;
    const last = parts.at(-1);
    const end = new Date(Math.min(at + step, to.getTime()));
    if (last?.to.getTime() === at) last.to = end;
    else parts.push({ from: new Date(Math.max(at, from.getTime())), to: end });
  }
  return parts;
}

/** The name of the lowest rate; undefined when all cost the same. */
function cheapestOf(rates: Tariff): string | undefined {
  const sorted = rates.toSorted((one, other) => Number(one.cost) - Number(other.cost));
  const [lowest] = sorted;
  return Number(lowest?.cost) < Number(sorted.at(-1)?.cost) ? lowest?.name : undefined;
}

function numberOf(value: number | string | null): number | null {
  return typeof value === "number" ? value : null;
}
