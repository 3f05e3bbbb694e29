import type { DeviceKind } from "../../generated/kinds.ts";
import type { MetricNames } from "../../generated/metrics.ts";
import type { WebhookEvent } from "../../generated/types.ts";
import type { Enode } from "../enode.ts";
import { invalidArgument, invalidOption } from "../errors/configuration.ts";
import type { ReadListener } from "../mirror/index.ts";
import { checkAttachedOptions } from "../shared/attached-options.ts";
import { describeError } from "../shared/describe-error.ts";
import type { KnownNames } from "../shared/known-names.ts";
import { unref } from "../shared/timers.ts";
import type { ReadingStore } from "../storage/contracts/index.ts";
import { type AttachableReceiver, claimReceiver } from "../webhooks/receiver/claim-receiver.ts";
import type { Selection } from "./ingest/device-readings.ts";
import { Intake } from "./ingest/intake.ts";
import {
  checkEvery,
  checkId,
  checkQuery,
  checkSpan,
  type TimeArgument,
} from "./model/arguments.ts";
import {
  infoOf,
  isMetric,
  isMetricKind,
  type Metric,
  metricKinds,
  similarMetric,
} from "./model/metrics.ts";
import { type Energy, readEnergy } from "./read/energy.ts";
import type { ReadSettings } from "./read/known-series.ts";
import { readSeriesPoints, type Series } from "./read/series.ts";
import { type HistorySession, readSessions } from "./read/sessions.ts";
import { pricesOf, type SessionTariff } from "./read/tariff.ts";
import { refuseSink } from "./reading-sink.ts";
import { type MaintenanceResult, maintain } from "./rollup/maintenance.ts";
import { CheckedReadingStore } from "./store/checked-store.ts";
import { type Every, slotLength } from "./time/buckets.ts";
import { TimeZone } from "./time/time-zone.ts";

/** Options of a history. */
export interface HistoryOptions {
  /** The client whose devices they are. It needs a `clientId`. */
  enode: Enode;
  /** Where the readings are kept, such as `sqliteStorage({ path }).readingStore`. Several processes may share it. */
  store: ReadingStore;
  /** Which readings of which kinds are kept, for example `{ vehicle: ["chargeState.batteryLevel"] }`. Default: all. */
  metrics?: { [Kind in keyof MetricNames]?: readonly MetricNames[Kind][] | undefined } | undefined;
  /**
   * How long a reading holds when no other one follows, in ms, from 15 minutes to 24 hours. Default: 12 hours. A
   * change does not apply to days that are rolled up.
   */
  maxAge?: number | undefined;
  /** Days for which single readings are kept, from 3 on; null for ever. Rolled up days are kept for ever. Default: 35. */
  keepRaw?: number | null | undefined;
  /**
   * Called with errors that fail no call: invalid events, readings that are ignored, failed maintenance. Default: logs
   * a line with `console.error`.
   */
  onError?: ((error: unknown) => unknown) | undefined;
  /**
   * The present time, in ms since the epoch. Default: `Date.now`. A sandbox with a clock of its own needs
   * `() => sandbox.clock.now().getTime()`: by the clock of this machine its readings may be too old to be kept.
   */
  now?: (() => number) | undefined;
}

/** The part of a mirror that a history uses. */
export interface AttachableMirror {
  /** Whose devices it has. */
  readonly namespace: string;
  /** Calls back with devices that were read; returns the function that ends it. */
  onRead(callback: ReadListener): () => void;
}

/** What {@link History.series} reads. */
export interface SeriesQuery {
  /** The device. */
  deviceId: string;
  /** The Enode user to whom the device belonged then. Default: to whom it belongs now. */
  userId?: string;
  /** What is read, by its place in the device: `chargeState.batteryLevel`. */
  metric: Metric;
  /** From this time on. A part that has begun before it is whole in the answer. A text has a time zone. */
  from: TimeArgument;
  /** Before this time. A part that ends after it is whole in the answer. */
  to: TimeArgument;
  /** How long each part is. */
  every: Every;
  /** By whose clocks the parts begin, such as `Europe/Oslo`. Default: UTC. */
  timeZone?: string | undefined;
}

/** What {@link History.energy} reads: of a device, or of all devices of that kind of a user. */
export type EnergyQuery<Kind extends DeviceKind = DeviceKind> = EnergySpan<Kind> &
  (DeviceSelection | UserSelection);

/** A kind of devices, and the time. */
export interface EnergySpan<Kind extends DeviceKind = DeviceKind>
  extends Pick<SeriesQuery, "from" | "to" | "every" | "timeZone"> {
  /** Kind of the devices. */
  kind: Kind;
}

/** One device. */
export interface DeviceSelection {
  /** The device. */
  deviceId: string;
  /** The Enode user to whom it belonged then. Default: to whom it belongs now. */
  userId?: string;
}

/** All devices of a user. */
export interface UserSelection {
  /** Left out. */
  deviceId?: never;
  /** The Enode user. */
  userId: string;
}

/** What {@link History.sessions} reads. */
export interface SessionsQuery {
  /** The vehicle or charger. */
  deviceId: string;
  /** The Enode user to whom the device belonged then. Default: to whom it belongs now. */
  userId?: string;
  /** From this time on. A session that has begun before it is whole in the answer. A text has a time zone. */
  from: TimeArgument;
  /** Before this time. A session that ends after it is whole in the answer. */
  to: TimeArgument;
  /** What energy costs. */
  tariff?: SessionTariff | undefined;
  /** The time zone of the tariff, which is that of the location. Needed with a tariff. */
  timeZone?: string | undefined;
}

const knownOptions: KnownNames<HistoryOptions> = {
  enode: 0,
  store: 0,
  metrics: 0,
  maxAge: 0,
  keepRaw: 0,
  onError: 0,
  now: 0,
};
const spanNames = { from: 0, to: 0, timeZone: 0 };
const seriesNames: KnownNames<SeriesQuery> = {
  ...spanNames,
  deviceId: 0,
  userId: 0,
  metric: 0,
  every: 0,
};
const energyNames: KnownNames<EnergyQuery> = {
  ...spanNames,
  deviceId: 0,
  userId: 0,
  kind: 0,
  every: 0,
};
const sessionsNames: KnownNames<SessionsQuery> = {
  ...spanNames,
  deviceId: 0,
  userId: 0,
  tariff: 0,
};

const patterns = ["user:*:discovered", "user:*:updated", "user:*:deleted"] as const;
const storeMethods = [
  "append",
  "series",
  "read",
  "rolledDays",
  "rollUp",
  "staleDays",
  "saveDays",
  "prune",
] as const satisfies readonly (keyof ReadingStore)[];

const hour = 3_600_000;
const day = 24 * hour;
/** Days of readings that are needed until the days are rolled up. */
const fewestDays = 3;
/** Time zones that are remembered. */
const mostZones = 50;

/**
 * The readings of all devices of a client over time: for charts, energy and charging sessions. `attach` fills it
 * from events and from what a mirror reads; each reading has the time at which the device was read. In whatever order
 * they arrive, and however often, the answers are the same.
 *
 * A reading holds until the next one, and at most `maxAge`; null ends it, and is a gap and not zero.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { History } from "enode-sdk/history";
 * import { sqliteStorage } from "enode-sdk/storage/sqlite";
 * import { WebhookReceiver } from "enode-sdk/webhooks";
 *
 * const { readingStore, eventStore } = sqliteStorage({ path: "enode.db" });
 * const enode = Enode.fromEnv();
 * const secret = process.env["ENODE_WEBHOOK_SECRET"] ?? "";
 * const receiver = new WebhookReceiver({ secret, store: eventStore, namespace: enode.namespace });
 *
 * const history = new History({ enode, store: readingStore });
 * history.attach(receiver);
 * history.start(); // rolls up and removes old readings, each hour
 * receiver.start();
 *
 * const { points, unit } = await history.series({
 *   deviceId: "a-device-id",
 *   metric: "chargeState.batteryLevel",
 *   from: "2026-03-01T00:00:00+01:00",
 *   to: "2026-04-01T00:00:00+02:00",
 *   every: "day",
 *   timeZone: "Europe/Oslo",
 * });
 * for (const { from, mean, coverage } of points) console.log(from, mean, unit, coverage);
 * ```
 */
export class History {
  readonly #namespace: string;
  readonly #given: ReadingStore;
  readonly #store: CheckedReadingStore;
  readonly #intake: Intake;
  readonly #maxAge: number;
  readonly #keepRaw: number | null;
  readonly #now: () => number;
  readonly #report: (error: unknown) => void;
  readonly #zones = new Map<string, TimeZone>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: { readonly work: Promise<void>; readonly controller: AbortController } | undefined;

  /** @throws ConfigurationError for a client without a `clientId`, a store that is none, or another invalid option. */
  constructor(options: HistoryOptions) {
    const owner = {
      name: "History",
      known: knownOptions,
      store: "ReadingStore",
      methods: storeMethods,
    };
    const { namespace, report } = checkAttachedOptions(options, owner, printError);
    const { store, now = Date.now, maxAge = 12 * hour, keepRaw = 35, metrics } = options;
    if (typeof now !== "function") throw invalidOption("now", "now must be a function.");
    if (!(maxAge >= slotLength && maxAge <= 24 * hour)) {
      throw invalidOption("maxAge", "maxAge must be from 15 minutes to 24 hours, in ms.");
    }
    if (keepRaw !== null && !(Number.isInteger(keepRaw) && keepRaw >= fewestDays)) {
      throw invalidOption("keepRaw", "keepRaw must be a whole number of days from 3 on, or null.");
    }
    this.#namespace = namespace;
    this.#given = store;
    this.#store = new CheckedReadingStore(store, namespace);
    this.#report = report;
    const oldest = () => (keepRaw === null ? Number.NEGATIVE_INFINITY : now() - keepRaw * day);
    this.#intake = new Intake(this.#store, selectionOf(metrics), oldest, this.#report);
    this.#maxAge = maxAge;
    this.#keepRaw = keepRaw;
    this.#now = now;
  }

  /**
   * Takes the readings of the events of a receiver, or of the devices that `backfill` and `reconcile` of a mirror
   * read. An event counts as handled when its readings are kept, and a mirror's call fails when they are not.
   *
   * @returns The function that ends it.
   * @throws ConfigurationError for a receiver or mirror of another client, or a receiver with a store and without the
   * `namespace` of the client.
   *
   * @example
   * ```ts
   * import type { History } from "enode-sdk/history";
   * import type { Mirror } from "enode-sdk/mirror";
   * import type { WebhookReceiver } from "enode-sdk/webhooks";
   *
   * export async function begin(history: History, receiver: WebhookReceiver, mirror: Mirror) {
   *   history.attach(receiver);
   *   history.attach(mirror);
   *   await mirror.backfill();
   * }
   * ```
   */
  attach(source: AttachableReceiver | AttachableMirror): () => void {
    if (isMirror(source)) {
      if (source.namespace !== this.#namespace) {
        throw invalidArgument(
          "source",
          `The mirror is of ${source.namespace}, but the history of ${this.#namespace}.`,
        );
      }
      return source.onRead((devices) => this.#intake.devices(devices));
    }
    if (typeof Object(source).on !== "function") {
      throw invalidArgument("source", "A history is attached to a WebhookReceiver or a Mirror.");
    }
    const detach = [
      claimReceiver(source, this.#namespace, "the history"),
      ...patterns.map((pattern) =>
        // A custom receiver may have handlers of single events only.
        source.onBatch
          ? source.onBatch(pattern, (events) => this.#intake.events(events))
          : source.on(pattern, (event) => this.#intake.events([event])),
      ),
    ];
    return () => {
      for (const each of detach) each();
    };
  }

  /**
   * Takes the readings of one event, or several. For hosts that read events from a queue of their own; `attach` does
   * it for a receiver. Events without readings are ignored, and events may be repeated.
   *
   * @throws StoreError when the store failed: apply the events again later.
   */
  apply(events: WebhookEvent | readonly WebhookEvent[]): Promise<void> {
    return this.#intake.events(Array.isArray(events) ? events : [events]);
  }

  /**
   * One reading of a device over time, in equal parts. A part shorter than 15 minutes needs the single readings: where
   * those are removed already, nothing is known.
   *
   * @throws ConfigurationError for invalid arguments, or more than 10,000 parts · StoreError
   */
  async series(query: SeriesQuery): Promise<Series> {
    checkQuery("history.series()", query, seriesNames);
    if (!isMetric(query.metric)) {
      const meant = similarMetric(query.metric);
      throw invalidArgument(
        "metric",
        `metric must be the place of a reading in a device${meant ? `; did you mean ${meant}?` : ", such as chargeState.batteryLevel."}`,
      );
    }
    const { metric } = query;
    return await readSeriesPoints(this.#settings(), {
      ...checkSpan(query),
      deviceId: this.#deviceIdOf(query),
      userId: checkId(query, "userId"),
      metric,
      every: checkEvery(query.every),
      zone: this.#zone(query.timeZone),
    });
  }

  /**
   * Energy of a device, or of all devices of a kind of a user, in kWh: from power over time, or from a counter where
   * the device has one. A counter that begins again at zero, or goes back a little, makes no energy less than zero.
   *
   * @throws ConfigurationError for invalid arguments, or more than 10,000 parts · StoreError
   *
   * @example
   * ```ts
   * import type { History } from "enode-sdk/history";
   *
   * export async function solarOfMarch(history: History, userId: string): Promise<number> {
   *   const { points } = await history.energy({
   *     userId,
   *     kind: "inverter",
   *     from: "2026-03-01T00:00:00+01:00",
   *     to: "2026-04-01T00:00:00+02:00",
   *     every: "month",
   *     timeZone: "Europe/Oslo",
   *   });
   *   return points[0]?.kwh ?? 0;
   * }
   * ```
   */
  async energy<Kind extends DeviceKind>(query: EnergyQuery<Kind>): Promise<Energy<Kind>> {
    checkQuery("history.energy()", query, energyNames);
    if (!isMetricKind(query.kind)) {
      throw invalidArgument("kind", `kind must be one of ${metricKinds.join(", ")}.`);
    }
    const { kind } = query;
    const deviceId = checkId(query, "deviceId");
    const userId = checkId(query, "userId");
    if (deviceId === undefined && userId === undefined) {
      throw invalidArgument("deviceId", "history.energy() needs a deviceId or a userId.");
    }
    return await readEnergy(this.#settings(), {
      ...checkSpan(query),
      deviceId,
      userId,
      kind,
      every: checkEvery(query.every),
      zone: this.#zone(query.timeZone),
    });
  }

  /**
   * Charging sessions of a vehicle or charger, oldest first: unbroken charging. Those that go on have no end.
   *
   * @throws ConfigurationError for invalid arguments · StoreError
   *
   * @example
   * ```ts
   * import type { Enode } from "enode-sdk";
   * import type { History } from "enode-sdk/history";
   *
   * export async function costs(enode: Enode, history: History, deviceId: string): Promise<void> {
   *   const sessions = await history.sessions({
   *     deviceId,
   *     from: "2026-03-01T00:00:00Z",
   *     to: "2026-04-01T00:00:00Z",
   *     tariff: {
   *       rates: await enode.tariffs.get("a-tariff-id"),
   *       intervals: [
   *         { name: "day", from: "06:00", to: "22:00" },
   *         { name: "night", from: "22:00", to: "06:00" },
   *       ],
   *     },
   *     timeZone: "Europe/Oslo",
   *   });
   *   for (const { from, kwh, cost } of sessions) console.log(from, kwh, cost);
   * }
   * ```
   */
  async sessions(query: SessionsQuery): Promise<HistorySession[]> {
    checkQuery("history.sessions()", query, sessionsNames);
    const { tariff, timeZone } = query;
    if (tariff !== undefined && timeZone === undefined) {
      throw invalidArgument("timeZone", "A tariff needs the timeZone of its location.");
    }
    const zone = this.#zone(timeZone);
    return await readSessions(this.#settings(), {
      ...checkSpan(query),
      deviceId: this.#deviceIdOf(query),
      userId: checkId(query, "userId"),
      prices: tariff === undefined ? undefined : pricesOf(tariff, zone),
    });
  }

  /**
   * Rolls up the days that are over to quarters of an hour, and removes readings that are older than `keepRaw`. Any
   * number of processes may do it; what was interrupted goes on with the next call. Late readings of a day that was
   * rolled up correct it.
   *
   * @throws StoreError · and the reason of the `signal` when it was aborted
   */
  async maintain(options: { signal?: AbortSignal | undefined } = {}): Promise<MaintenanceResult> {
    checkQuery("history.maintain()", options, { signal: 0 });
    const { signal } = options;
    if (signal !== undefined && typeof signal?.throwIfAborted !== "function") {
      throw invalidArgument("signal", "signal must be an AbortSignal.");
    }
    return await maintain(this.#store, {
      maxAge: this.#maxAge,
      keepRaw: this.#keepRaw,
      now: this.#now(),
      signal,
    });
  }

  /** Maintains the history now, and each hour, until `stop`. It does not keep a process running. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#timer = unref(setInterval(() => this.#maintainOnce(), hour));
    this.#maintainOnce();
  }

  /** Ends it. Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#running?.controller.abort();
    await this.#running?.work;
  }

  #maintainOnce(): void {
    if (this.#running) return;
    const controller = new AbortController();
    const { signal } = controller;
    const work = this.maintain({ signal })
      .catch((error: unknown) => {
        if (!signal.aborted) this.#report(error);
      })
      .then(() => {
        this.#running = undefined;
      });
    this.#running = { work, controller };
  }

  #settings(): ReadSettings {
    refuseSink(this.#given);
    return { store: this.#store, maxAge: this.#maxAge, now: this.#now() };
  }

  #deviceIdOf(query: object): string {
    const id = checkId(query, "deviceId");
    if (id === undefined) throw invalidArgument("deviceId", "The deviceId is missing.");
    return id;
  }

  #zone(name: string | undefined = "UTC"): TimeZone {
    const known = this.#zones.get(name);
    if (known) return known;
    const zone = new TimeZone(name);
    if (this.#zones.size >= mostZones) this.#zones.clear();
    this.#zones.set(name, zone);
    return zone;
  }
}

function isMirror(source: unknown): source is AttachableMirror {
  const { onRead, namespace } = Object(source) as Partial<AttachableMirror>;
  return typeof onRead === "function" && typeof namespace === "string";
}

/** @throws ConfigurationError for kinds or readings that do not exist. */
function selectionOf(metrics: HistoryOptions["metrics"]): Selection {
  if (metrics === undefined) return () => true;
  if (typeof metrics !== "object" || metrics === null) {
    throw invalidOption("metrics", "metrics must be an object with a list for each kind.");
  }
  const wanted = new Set<string>();
  for (const [kind, names] of Object.entries(metrics)) {
    if (!isMetricKind(kind)) {
      throw invalidOption("metrics", `metrics can have ${metricKinds.join(", ")}.`);
    }
    if (names === undefined) continue;
    if (!Array.isArray(names)) throw invalidOption("metrics", `metrics.${kind} must be a list.`);
    for (const name of names) {
      if (typeof name !== "string" || !infoOf(kind, name)) {
        const meant = similarMetric(name, [kind]);
        throw invalidOption(
          "metrics",
          `metrics.${kind} has a reading that a ${kind} has not${meant ? `; did you mean ${meant}?` : "."}`,
        );
      }
      wanted.add(`${kind} ${name}`);
    }
  }
  return (kind, metric) => wanted.has(`${kind} ${metric}`);
}

function printError(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: a failure must not be silent; onError replaces it.
  console.error(`enode-sdk: the history ignored something. ${describeError(error)}`);
}
