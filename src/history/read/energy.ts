import type { DeviceKind } from "../../../generated/kinds.ts";
import type { KeptSeries } from "../../storage/contracts/index.ts";
import type { MetricOf } from "../model/metrics.ts";
import {
  type CounterMark,
  type CounterSort,
  counterSortOf,
  increaseBetween,
  marksBySlot,
} from "../rollup/counter.ts";
import { bucketsOf, type Every, isFine, type Span, slotLength } from "../time/buckets.ts";
import type { TimeZone } from "../time/time-zone.ts";
import { BucketList } from "./bucket-list.ts";
import { type KnownSeries, type ReadSettings, readSeries } from "./known-series.ts";
import { seriesOfDevice } from "./owners.ts";

const hour = 3_600_000;
/** The longest time between two readings of a counter over which its increase is spread. */
const longestGap = 3 * 24 * hour;

/** What the energy of a kind of device consists of, in kWh; null where nothing is known. */
export interface EnergyParts {
  /** Into and out of the vehicle. */
  vehicle: StoredEnergy;
  /** Into and out of the vehicle at the charger. */
  charger: StoredEnergy;
  /** Into and out of the battery. */
  battery: StoredEnergy;
  /** Through the grid connection. */
  meter: GridEnergy;
  /** From the sun. */
  inverter: {
    /** What the inverter produced. */
    produced: number | null;
  };
  /** For heat or cold. */
  hvac: {
    /** What the unit used. */
    consumed: number | null;
  };
  /** Of a home. */
  hemSystem: HomeEnergy;
}

/** Energy that was stored, in kWh; null where nothing is known. */
export interface StoredEnergy {
  /** What was put in. */
  charged: number | null;
  /** What was taken out. */
  discharged: number | null;
}

/** Energy through a grid connection, in kWh; null where nothing is known. */
export interface GridEnergy {
  /** Drawn from the grid. */
  imported: number | null;
  /** Fed into the grid. */
  exported: number | null;
}

/** Energy of a home, in kWh; null where nothing is known. */
export interface HomeEnergy extends StoredEnergy, GridEnergy {
  /** Made by the sun. */
  generated: number | null;
  /** Used by the home. */
  consumed: number | null;
}

/** Energy of a part of a time. */
export interface EnergyPoint<Kind extends DeviceKind = DeviceKind> {
  /** When the part begins. */
  from: Date;
  /** When it ends, and the next one begins. */
  to: Date;
  /**
   * Energy in kWh, null where nothing is known. Of vehicles, chargers and batteries what was charged less what was
   * discharged; of meters what was imported less what was exported; of inverters what was produced; of HVACs and
   * HEM systems what was consumed.
   */
  kwh: number | null;
  /** What it consists of, in kWh, none below zero. */
  parts: EnergyParts[Kind];
  /** For how much of the part it is known, from 0 to 1; of several devices the mean. */
  coverage: number;
}

/** Energy over time. */
export interface Energy<Kind extends DeviceKind = DeviceKind> {
  /** Kind of the devices. */
  kind: Kind;
  /** The Enode user to whom the devices belong; undefined when there are no readings of the device. */
  userId: string | undefined;
  /** The devices whose energy it is. */
  deviceIds: string[];
  /** Parts that follow each other without a gap, also where nothing is known. */
  points: EnergyPoint<Kind>[];
}

/** A request for energy whose arguments were checked. */
export interface CheckedEnergyQuery<Kind extends DeviceKind> extends Span {
  readonly deviceId: string | undefined;
  readonly userId: string | undefined;
  readonly kind: Kind;
  readonly every: Every;
  readonly zone: TimeZone;
}

/** Where the energy of a part comes from: power, of which a sign may be wanted only, or a counter. */
interface Source {
  readonly power?: string;
  readonly sign?: 1 | -1;
  readonly counter?: string;
  /** What is 0 while it has no power, although the device does not tell the power then. */
  readonly activity?: string;
}

type AnyParts = Record<string, number | null>;

interface Recipe {
  readonly parts: Readonly<Record<string, Source>>;
  readonly total: (parts: Readonly<Record<string, number>>) => number;
}

/** Names of metrics are checked by the compiler. */
const metric = <Kind extends DeviceKind>(_kind: Kind, name: MetricOf<Kind>): string => name;

const chargeRate = metric("vehicle", "chargeState.chargeRate");
const isCharging = metric("vehicle", "chargeState.isCharging");
const power = metric("meter", "energyState.power");

const both = (name: string, activity?: string): Readonly<Record<string, Source>> => ({
  charged: { power: name, sign: 1, ...(activity && { activity }) },
  discharged: { power: name, sign: -1, ...(activity && { activity }) },
});
const storage = ({ charged = 0, discharged = 0 }: Readonly<Record<string, number>>) =>
  charged - discharged;

const recipes: Readonly<Record<DeviceKind, Recipe>> = {
  vehicle: { parts: both(chargeRate, isCharging), total: storage },
  charger: { parts: both(chargeRate, isCharging), total: storage },
  battery: { parts: both(metric("battery", "chargeState.chargeRate")), total: storage },
  meter: {
    parts: { imported: { power, sign: 1 }, exported: { power, sign: -1 } },
    total: ({ imported = 0, exported = 0 }) => imported - exported,
  },
  inverter: {
    parts: {
      produced: {
        counter: metric("inverter", "productionState.totalLifetimeProduction"),
        power: metric("inverter", "productionState.productionRate"),
        sign: 1,
      },
    },
    total: ({ produced = 0 }) => produced,
  },
  hvac: {
    parts: { consumed: { power: metric("hvac", "consumptionRate"), sign: 1 } },
    total: ({ consumed = 0 }) => consumed,
  },
  hemSystem: {
    parts: {
      generated: { counter: metric("hemSystem", "status.energy.today.generation") },
      consumed: { counter: metric("hemSystem", "status.energy.today.consumption") },
      charged: { counter: metric("hemSystem", "status.energy.today.charge") },
      discharged: { counter: metric("hemSystem", "status.energy.today.discharge") },
      imported: { counter: metric("hemSystem", "status.energy.today.import") },
      exported: { counter: metric("hemSystem", "status.energy.today.export") },
    },
    total: ({ consumed = 0 }) => consumed,
  },
};

/** Energy in kWh, and for how long it is known, in ms. */
interface Amount {
  kwh: number;
  known: number;
}

export async function readEnergy<Kind extends DeviceKind>(
  settings: ReadSettings,
  query: CheckedEnergyQuery<Kind>,
): Promise<Energy<Kind>> {
  const { kind, every, zone, deviceId } = query;
  const spans = bucketsOf(every, query, zone);
  const found =
    deviceId === undefined
      ? {
          userId: query.userId,
          series: await settings.store.series({ userId: query.userId ?? "" }),
        }
      : await seriesOfDevice(settings.store, deviceId, query.userId);
  const devices = new Map<string, KeptSeries[]>();
  for (const each of found.series) {
    if (each.kind !== kind) continue;
    devices.set(each.deviceId, [...(devices.get(each.deviceId) ?? []), each]);
  }
  const recipe = recipes[kind];
  const names = Object.keys(recipe.parts);
  const sums = spans.map(() => names.map((): Amount => ({ kwh: 0, known: 0 })));
  for (const series of devices.values()) {
    const amounts = await amountsOf({ ...settings, isFine: isFine(every) }, recipe, series, spans);
    for (const [index, each] of amounts.entries()) {
      for (const [part, { kwh, known }] of each.entries()) {
        const sum = sums[index]?.[part];
        if (!sum) continue;
        sum.kwh += kwh;
        sum.known += known;
      }
    }
  }
  const points = spans.map((span, index) =>
    // The recipe has the parts of its kind.
    toPoint<Kind>(span, recipe, names, sums[index] ?? [], devices.size),
  );
  return { kind, userId: found.userId, deviceIds: [...devices.keys()].sort(), points };
}

function toPoint<Kind extends DeviceKind>(
  { from, to }: Span,
  recipe: Recipe,
  names: readonly string[],
  amounts: readonly Amount[],
  deviceCount: number,
): EnergyPoint<Kind> {
  const parts: AnyParts = {};
  const numbers: Record<string, number> = {};
  let known = 0;
  for (const [index, name] of names.entries()) {
    const amount = amounts[index];
    parts[name] = amount && amount.known > 0 ? Math.max(0, amount.kwh) : null;
    numbers[name] = parts[name] ?? 0;
    known += (amount?.known ?? 0) / names.length;
  }
  return {
    from: new Date(from),
    to: new Date(to),
    kwh: known > 0 ? recipe.total(numbers) : null,
    // One for each name of the recipe of the kind.
    parts: parts as EnergyParts[Kind],
    coverage: known / ((to - from) * Math.max(1, deviceCount)),
  };
}

/** The parts of the energy of one device, for each span. */
async function amountsOf(
  settings: ReadSettings,
  { parts }: Recipe,
  series: readonly KeptSeries[],
  spans: readonly Span[],
): Promise<Amount[][]> {
  const whole = { from: spans[0]?.from ?? 0, to: spans.at(-1)?.to ?? 0 };
  const read = new Map<string, KnownSeries>();
  const addKnown = async (name: string | undefined, beyond = 0) => {
    const kept = series.find((each) => each.metric === name);
    if (name === undefined || !kept || read.has(name)) return;
    const span = { from: whole.from - beyond, to: whole.to + beyond };
    read.set(name, await readSeries(settings, kept, span));
  };
  for (const { power: powerName, counter, activity } of Object.values(parts)) {
    await addKnown(powerName);
    await addKnown(activity);
    await addKnown(counter, longestGap);
  }
  const known = (name: string | undefined) => (name === undefined ? undefined : read.get(name));
  // Two metrics are weighed against each other in quarters of an hour, as rolled up days have no finer ones. Only where
  // something is known: a query may be about decades.
  const isWeighed = Object.values(parts).some(({ counter, activity }) => counter ?? activity);
  const fine =
    settings.isFine || !isWeighed ? spans : quartersOf(spans, extentOf([...read.values()]));
  const perPart: Amount[][] = [];
  for (const { power: powerName, sign = 1, counter, activity } of Object.values(parts)) {
    const byPower = powerAmounts(known(powerName), sign, known(activity), fine);
    const sort = counter === undefined ? undefined : counterSortOf(counter);
    const counted = sort && known(counter);
    // In quarters of an hour as they are rolled up, so that the answer is the same before and after.
    const marks = counted && (settings.isFine ? counted.marks : marksBySlot(counted.marks, sort));
    const byCounter = marks && sort && counterAmounts(marks, sort, settings.maxAge, fine);
    const best = fine.map((_, index): Amount => {
      const one = byPower[index] ?? { kwh: 0, known: 0 };
      const other = byCounter?.[index];
      return other && other.known >= one.known ? other : one;
    });
    perPart.push(summed(fine, best, spans));
  }
  return spans.map((_, index) => perPart.map((each) => each[index] ?? { kwh: 0, known: 0 }));
}

/** Energy of power over time. Where it is not told, it is zero while the device says that it does nothing. */
function powerAmounts(
  known: KnownSeries | undefined,
  sign: 1 | -1,
  activity: KnownSeries | undefined,
  spans: readonly Span[],
): Amount[] {
  const list = new BucketList<Amount>(spans, () => ({ kwh: 0, known: 0 }));
  for (const piece of known?.pieces ?? []) {
    const kw = Math.max(0, Number(piece.value) * sign);
    list.each(piece, (amount, from, to) => {
      amount.kwh += (kw * (to - from)) / hour;
      amount.known += to - from;
    });
  }
  for (const { from, known: time, integral, positive } of known?.slots ?? []) {
    list.each({ from, to: from + slotLength }, (amount, start, end) => {
      const share = (end - start) / slotLength;
      amount.kwh += ((sign === 1 ? positive : positive - integral) * share) / hour;
      amount.known += time * share;
    });
  }
  const idle = new BucketList<Amount>(spans, () => ({ kwh: 0, known: 0 }));
  for (const piece of activity?.pieces ?? []) {
    if (piece.value !== 0) continue;
    idle.each(piece, (amount, from, to) => {
      amount.known += to - from;
    });
  }
  return list.records.map((amount, index) => {
    const span = spans[index];
    const length = span ? span.to - span.from : 0;
    const most = amount.known + (idle.records[index]?.known ?? 0);
    return { kwh: amount.kwh, known: Math.min(length, most) };
  });
}

/**
 * What a counter counted, evenly between two readings of it. Where it goes back a little, what it counts again in the
 * days after it is left out, in whichever part that is: otherwise a moment's flicker would be energy.
 */
function counterAmounts(
  marks: readonly CounterMark[],
  sort: CounterSort,
  maxAge: number,
  spans: readonly Span[],
): Amount[] {
  const list = new BucketList<Amount>(spans, () => ({ kwh: 0, known: 0 }));
  let [again, againUntil] = [0, Number.NEGATIVE_INFINITY];
  const spread = (from: number, to: number, increase: number, isKnown: boolean) => {
    if (from > againUntil) again = 0;
    if (increase < 0) againUntil = to + longestGap;
    const counted = Math.max(0, increase - again);
    again = Math.max(0, again - increase);
    list.each({ from, to }, (amount, start, end) => {
      amount.kwh += (counted * (end - start)) / (to - from);
      if (isKnown) amount.known += end - start;
    });
  };
  for (const [index, mark] of marks.entries()) {
    spread(mark.firstAt, mark.lastAt, mark.increase, true);
    const next = marks[index + 1];
    const gap = next ? next.firstAt - mark.lastAt : Number.POSITIVE_INFINITY;
    if (!next || gap > longestGap) continue;
    spread(mark.lastAt, next.firstAt, increaseBetween(mark, next, sort), gap <= maxAge);
  }
  return list.records.map((amount) => ({ ...amount }));
}

/** From the first thing that is known to the last. */
function extentOf(all: readonly KnownSeries[]): Span {
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { pieces, slots, marks } of all) {
    from = Math.min(
      from,
      ...[pieces[0]?.from, slots[0]?.from, marks[0]?.firstAt].map((each) => each ?? from),
    );
    const lastSlot = slots.at(-1);
    const ends = [pieces.at(-1)?.to, lastSlot && lastSlot.from + slotLength, marks.at(-1)?.lastAt];
    to = Math.max(to, ...ends.map((each) => each ?? to));
  }
  return { from, to };
}

/** Quarters of an hour with something of an extent; the last of a span ends with it. */
function quartersOf(spans: readonly Span[], extent: Span): Span[] {
  const quarters: Span[] = [];
  for (const span of spans) {
    const begin = Math.max(span.from, Math.floor(extent.from / slotLength) * slotLength);
    const end = Math.min(span.to, extent.to);
    for (let from = begin; from < end; ) {
      const to = Math.min(span.to, (Math.floor(from / slotLength) + 1) * slotLength);
      quarters.push({ from, to });
      from = to;
    }
  }
  return quarters;
}

function summed(
  fine: readonly Span[],
  amounts: readonly Amount[],
  spans: readonly Span[],
): Amount[] {
  const list = new BucketList<Amount>(spans, () => ({ kwh: 0, known: 0 }));
  for (const [index, { from }] of fine.entries()) {
    const sum = list.of(from);
    const amount = amounts[index];
    if (!sum || !amount) continue;
    sum.kwh += amount.kwh;
    sum.known += amount.known;
  }
  return [...list.records];
}
