import type { StoreError } from "../../errors/index.ts";
import { callStore } from "../../shared/call-store.ts";
import { storeFailure } from "../../shared/store-failure.ts";
import { maxBatchSize } from "../../storage/contracts/device-store.ts";
import type {
  AppendedReadings,
  KeptSeries,
  Reading,
  ReadingPoint,
  ReadingRange,
  ReadingSeries,
  ReadingStore,
  RolledDay,
  RolledDays,
  StaleDay,
} from "../../storage/contracts/index.ts";
import { dayLength } from "../../storage/contracts/reading-store.ts";

/** Time for one call while an event waits, in ms: less than the 5 s after which Enode stops waiting. */
const eventTimeout = 4_000;
/** Time for any other call, in ms. */
const queryTimeout = 30_000;

const store = "readingStore";

/**
 * A store of the host's, of which nothing is taken for granted: it may throw, hang, answer nonsense, or give what
 * belongs to somebody else. Each of these is a StoreError.
 */
export class CheckedReadingStore {
  readonly namespace: string;
  readonly #store: ReadingStore;

  constructor(given: ReadingStore, namespace: string) {
    this.#store = given;
    this.namespace = namespace;
  }

  /**
   * Adds any number of readings. Those that come too late are left out: a parked car shows the same old ones for weeks,
   * and Enode delivers no event after a day. Tells how many.
   */
  async append(readings: readonly Reading[]): Promise<number> {
    let tooLate = 0;
    for (let at = 0; at < readings.length; at += maxBatchSize) {
      const some = readings.slice(at, at + maxBatchSize);
      const answer = await this.#call(
        "append",
        () => this.#store.append(this.namespace, some),
        (given): given is AppendedReadings => isCount(Object(given).tooLate),
        eventTimeout,
      );
      tooLate += answer.tooLate;
    }
    return tooLate;
  }

  series(query: { deviceId?: string; userId?: string }): Promise<KeptSeries[]> {
    const { deviceId, userId } = query;
    return this.#call(
      "series",
      () => this.#store.series(this.namespace, query),
      (answer): answer is KeptSeries[] =>
        Array.isArray(answer) &&
        answer.every(
          (each: Partial<KeptSeries> | null) =>
            isSeries(each) &&
            typeof each?.kind === "string" &&
            Number.isFinite(each.lastAt) &&
            (deviceId === undefined || each.deviceId === deviceId) &&
            (userId === undefined || each.userId === userId),
        ),
    );
  }

  read(series: ReadingSeries, range: ReadingRange): Promise<ReadingPoint[]> {
    return this.#call(
      "read",
      () => this.#store.read(this.namespace, series, range),
      (answer): answer is ReadingPoint[] =>
        Array.isArray(answer) &&
        answer.length <= range.limit &&
        arePoints(answer, range.withPrevious ? Number.NEGATIVE_INFINITY : range.from, range.to),
    );
  }

  rolledDays(series: ReadingSeries, from: number, to: number): Promise<RolledDays> {
    return this.#call(
      "rolledDays",
      () => this.#store.rolledDays(this.namespace, series, from, to),
      (answer): answer is RolledDays => {
        const { until, days, stale } = Object(answer) as Partial<RolledDays>;
        return (
          Number.isFinite(until) &&
          Array.isArray(days) &&
          days.every((each) => isDay(each?.day) && typeof each.content === "string") &&
          Array.isArray(stale) &&
          stale.every(isDay)
        );
      },
    );
  }

  async rollUp(until: number): Promise<void> {
    await this.#call("rollUp", () => this.#store.rollUp(this.namespace, until), isAnything);
  }

  staleDays(limit: number): Promise<StaleDay[]> {
    return this.#call(
      "staleDays",
      () => this.#store.staleDays(this.namespace, limit),
      (answer): answer is StaleDay[] =>
        Array.isArray(answer) &&
        answer.length <= limit &&
        answer.every(
          (each: Partial<StaleDay> | null) =>
            isSeries(each) &&
            typeof each?.kind === "string" &&
            typeof each.mark === "string" &&
            isDay(each.day) &&
            Array.isArray(each.points) &&
            arePoints(each.points, each.day, each.day + dayLength) &&
            (each.previous === undefined ||
              arePoints([each.previous], Number.NEGATIVE_INFINITY, each.day)),
        ),
    );
  }

  async saveDays(days: readonly (RolledDay & { mark: string })[]): Promise<void> {
    await this.#call("saveDays", () => this.#store.saveDays(this.namespace, days), isAnything);
  }

  prune(before: number, limit: number): Promise<number> {
    return this.#call("prune", () => this.#store.prune(this.namespace, before, limit), isCount);
  }

  /** What is thrown for an answer that cannot be used. */
  failure(method: keyof ReadingStore, what: string): StoreError {
    return storeFailure({ store, method }, what);
  }

  #call<T>(
    method: keyof ReadingStore,
    use: () => Promise<unknown>,
    isAnswer: (answer: unknown) => answer is T,
    timeout = queryTimeout,
  ): Promise<T> {
    return callStore({ store, method, timeout }, use, isAnswer, () => ({ storeFailure }));
  }
}

function isAnything(_answer: unknown): _answer is unknown {
  return true;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 0;
}

function isDay(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) % dayLength === 0;
}

function isSeries(value: unknown): boolean {
  const { userId, deviceId, metric } = Object(value) as Partial<ReadingSeries>;
  return [userId, deviceId, metric].every((each) => typeof each === "string" && each !== "");
}

/** Whether they are points in their order: sums over others would be nonsense. */
function arePoints(points: readonly unknown[], from: number, to: number): boolean {
  let last = Number.NEGATIVE_INFINITY;
  return points.every((point) => {
    const { at, value } = Object(point) as Partial<ReadingPoint>;
    const isPoint =
      typeof at === "number" &&
      at > last &&
      at >= from &&
      at < to &&
      (value === null || typeof value === "string" || Number.isFinite(value));
    last = at ?? last;
    return isPoint;
  });
}
