import type { DeviceKind } from "../../../generated/kinds.ts";
import { type MetricNames, metrics } from "../../../generated/metrics.ts";
import { closest } from "../../shared/known-names.ts";

/** A reading of a kind of device, by its place in the device: `chargeState.batteryLevel`. */
export type MetricOf<Kind extends DeviceKind> = MetricNames[Kind];

/** A reading of a device, whatever its kind. */
export type Metric = MetricOf<DeviceKind>;

/** What is known about a reading. */
export interface MetricInfo {
  readonly type: "number" | "boolean" | "text";
  /** Unit of the numbers. */
  readonly unit?: string;
  /** Where the device names the unit. */
  readonly unitAt?: string;
  /** Where the device says when it was read. */
  readonly readAt?: string;
}

/** What the members of a device that hold readings are called, from the outside in. */
type Path = readonly string[];

/** A reading, and where to find it. */
export interface MetricPlace extends MetricInfo {
  readonly name: string;
  readonly path: Path;
  readonly unitPath: Path | undefined;
  readonly readPath: Path | undefined;
}

const table: Readonly<Record<DeviceKind, Readonly<Record<string, MetricInfo>>>> = metrics;

// Object.keys() returns plain strings.
export const metricKinds = Object.keys(table) as readonly DeviceKind[];

/** The readings of a kind of device. */
export const places: Readonly<Record<DeviceKind, readonly MetricPlace[]>> = Object.fromEntries(
  metricKinds.map((kind) => [
    kind,
    Object.entries(table[kind]).map(([name, info]) => ({
      ...info,
      name,
      path: name.split("."),
      unitPath: info.unitAt?.split("."),
      readPath: info.readAt?.split("."),
    })),
  ]),
  // One for each kind.
) as unknown as Record<DeviceKind, readonly MetricPlace[]>;

/** The parts of a device that have readings: their places, and the names of the readings in each. */
export const groups: Readonly<
  Record<DeviceKind, readonly { readonly path: Path; readonly names: ReadonlySet<string> }[]>
> = Object.fromEntries(
  metricKinds.map((kind) => {
    const names = new Map<string, Set<string>>();
    for (const { path } of places[kind]) {
      const group = path.slice(0, -1).join(".");
      names.set(group, (names.get(group) ?? new Set()).add(path.at(-1) ?? ""));
    }
    return [
      kind,
      [...names].map(([path, of]) => ({ path: path ? path.split(".") : [], names: of })),
    ];
  }),
  // One for each kind.
) as unknown as Record<DeviceKind, readonly { path: Path; names: ReadonlySet<string> }[]>;

export function isMetricKind(value: unknown): value is DeviceKind {
  return typeof value === "string" && Object.hasOwn(table, value);
}

/** What is known about a reading of a kind of device; undefined when the kind has none of that name. */
export function infoOf(kind: string, metric: string): MetricInfo | undefined {
  return isMetricKind(kind) && Object.hasOwn(table[kind], metric) ? table[kind][metric] : undefined;
}

/** Whether some kind of device has such a reading. */
export function isMetric(value: unknown): value is Metric {
  return typeof value === "string" && metricKinds.some((kind) => infoOf(kind, value));
}

/** The reading that somebody most likely means: the same word elsewhere, or one that is written in much the same way. */
export function similarMetric(
  value: unknown,
  kinds: readonly DeviceKind[] = metricKinds,
): string | undefined {
  if (typeof value !== "string") return undefined;
  const names = kinds.flatMap((kind) => places[kind].map(({ name }) => name));
  const same = names.filter((name) => name.toLowerCase().endsWith(`.${value.toLowerCase()}`));
  return same[0] ?? closest(value, names);
}
