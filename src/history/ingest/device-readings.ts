import type { DeviceKind } from "../../../generated/kinds.ts";
import { WebhookVerificationError } from "../../errors/index.ts";
import { readingBefore } from "../../shared/believable-reading.ts";
import type { Reading } from "../../storage/contracts/index.ts";
import { groups, type MetricPlace, places } from "../model/metrics.ts";
import type { OnceReporter } from "./once.ts";
import { isText, longestText } from "./texts.ts";

/** A device as an event or an answer tells of it. */
export interface ToldDevice {
  readonly kind: DeviceKind;
  readonly id: string;
  readonly userId: string;
  readonly data: unknown;
  /** When Enode told of it, in ms since the epoch. */
  readonly observedAt: number;
  /** The places of what has changed, of an event that names them. */
  readonly changed?: ReadonlySet<string> | undefined;
}

/** Which readings of which kinds are kept. */
export type Selection = (kind: DeviceKind, metric: string) => boolean;

/** The readings of a device. What cannot be one is left out, and reported once. */
export function readingsOf(
  { kind, id, userId, data, observedAt, changed }: ToldDevice,
  isKept: Selection,
  reporter: OnceReporter,
): Reading[] {
  const readings: Reading[] = [];
  const told = Math.floor(observedAt);
  for (const place of places[kind]) {
    if (!isKept(kind, place.name)) continue;
    const found = memberOf(data, place.path);
    if (found === undefined) continue;
    const value = readValue(found, place);
    const reason =
      value === undefined
        ? `is no ${place.type}`
        : value === null || unitIs(data, place)
          ? undefined
          : `is not in ${place.unit}`;
    if (value === undefined || reason !== undefined) {
      report(reporter, kind, place.name, reason ?? "");
      continue;
    }
    const at = readAt(data, place, changed, told);
    readings.push({ userId, deviceId: id, kind, metric: place.name, at, value, observedAt });
  }
  reportUnknown(kind, data, reporter);
  return readings;
}

/** What ends the series of a device that is gone: its readings are not known from then on. */
export function endOf(
  { kind, id, userId, data, observedAt }: ToldDevice,
  isKept: Selection,
): Reading[] {
  return places[kind]
    .filter(({ name, path }) => isKept(kind, name) && memberOf(data, path) !== undefined)
    .map(({ name }): Reading => {
      const at = Math.floor(observedAt);
      return { userId, deviceId: id, kind, metric: name, at, value: null, observedAt };
    });
}

/** When a value was read. */
function readAt(
  data: unknown,
  { name, readAt: timeName = "", readPath }: MetricPlace,
  changed: ReadonlySet<string> | undefined,
  told: number,
): number {
  // A value that has changed while its time has not is newer than that: it would rewrite what was before.
  if (changed?.has(name) && !changed.has(timeName)) return told;
  const time = Date.parse(String(readPath && memberOf(data, readPath)));
  // The epoch, and a time before it, is the zero of some calendar.
  return readingBefore(time > 0 ? time : undefined, told) ?? told;
}

/** Undefined for what is no value of that type. */
function readValue(found: unknown, { type }: MetricPlace): Reading["value"] | undefined {
  if (found === null) return null;
  if (type === "boolean") return typeof found === "boolean" ? Number(found) : undefined;
  if (type === "number") return Number.isFinite(found) ? Number(found) : undefined;
  return isText(found) ? found : undefined;
}

function unitIs(data: unknown, { unit, unitPath }: MetricPlace): boolean {
  return unitPath === undefined || memberOf(data, unitPath) === unit;
}

/** Reports numbers beside known readings that the description does not know. */
function reportUnknown(kind: DeviceKind, data: unknown, reporter: OnceReporter): void {
  for (const { path, names } of groups[kind]) {
    const group = memberOf(data, path);
    if (typeof group !== "object" || group === null) continue;
    for (const [name, value] of Object.entries(group)) {
      // Where a device is, is nobody's business in a chart.
      if (typeof value !== "number" || names.has(name) || /^(?:lat|long)itude$/.test(name))
        continue;
      report(reporter, kind, [...path, name].join("."), "is not described");
    }
  }
}

function report(reporter: OnceReporter, kind: string, metric: string, reason: string): void {
  // The name comes from Enode, and may be anything.
  const name = metric.slice(0, longestText);
  reporter.tell(
    `${kind} ${name} ${reason}`,
    () =>
      new WebhookVerificationError(
        `The history ignores the reading ${name} of a ${kind}: it ${reason}. This is reported once.`,
        { code: "invalid_event" },
      ),
  );
}

function memberOf(data: unknown, path: readonly string[]): unknown {
  let found = data;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name))
      return undefined;
    found = (found as Readonly<Record<string, unknown>>)[name];
  }
  return found;
}
