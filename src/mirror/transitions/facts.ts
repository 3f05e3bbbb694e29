import type { DeviceRecord } from "../../storage/contracts/index.ts";
import type { Content, Detector, Value } from "./detectors/detector.ts";
import type { TransitionName } from "./transition.ts";

/** A detector, and how long a new state must last. */
export interface Watch {
  /** What is known is kept under it. */
  readonly key: string;
  readonly detector: Detector;
  /** In ms. */
  readonly settle: number;
}

/** A new value that has to last before it counts. */
export interface Candidate {
  readonly value: Value;
  /** The time of the record that began it, by Enode's clock. */
  readonly at: number;
  readonly since: number;
  readonly dueAt: number;
  readonly previous: DeviceRecord;
  /** Whether a backfill or reconciliation has found it. */
  readonly isMissed: boolean;
}

/** What has been told about a subject, and what may follow. */
export interface Fact {
  readonly value: Value;
  readonly candidate?: Candidate;
}

/** The facts of one watch, by subject. */
export type Facts = Readonly<Record<string, Fact>>;

/** A transition that is to be told, as it is kept until then. */
export interface Found {
  readonly key: string;
  readonly id: string;
  readonly name: TransitionName;
  readonly since: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly next: DeviceRecord;
  readonly previous: DeviceRecord | null;
  readonly isMissed: boolean;
}

/** A record that the mirror keeps, and how it came to it. */
export interface Step {
  readonly record: DeviceRecord;
  /** The one before; undefined for the first one. */
  readonly previous: DeviceRecord | undefined;
  readonly isMissed: boolean;
}

/** Moves facts on without telling, as for the first state of a device. */
export function follow(
  watch: Watch,
  facts: Facts | undefined,
  record: DeviceRecord,
): Facts | undefined {
  return move(watch, facts, record, (_, value, known) => {
    if (known?.candidate?.value === value && known.value !== value) return known;
    return known && known.value === value && !known.candidate ? known : { value };
  });
}

/** Moves facts on, and adds the transitions to `found`. */
export function advance(
  watch: Watch,
  facts: Facts | undefined,
  { record, previous, isMissed }: Step,
  found: Found[],
): Facts | undefined {
  if (facts === undefined || previous === undefined) return follow(watch, facts, record);
  const { detector, settle } = watch;
  const since = sinceOf(detector, record, previous);
  return move(
    watch,
    lapse(watch, facts, record.observedAt, previous, found),
    record,
    (subject, value, known) => {
      const before = known?.value ?? detector.assumed;
      if (before === undefined || before === value) return { value };
      if (known?.candidate?.value === value) return known;
      const begun = { value, at: record.observedAt, since, previous, isMissed };
      if (settle === 0) {
        found.push(...transitionsOf(watch, subject, before, begun, record));
        return { value };
      }
      return { value: before, candidate: { ...begun, dueAt: record.observedAt + settle } };
    },
  );
}

/**
 * Makes candidates count that have lasted, and adds their transitions to `found`.
 *
 * @param now By Enode's clock.
 * @param record The device as it is.
 */
export function lapse(
  watch: Watch,
  facts: Facts,
  now: number,
  record: DeviceRecord,
  found: Found[],
): Facts {
  const next: Record<string, Fact> = {};
  for (const [subject, fact] of Object.entries(facts)) {
    const { value, candidate } = fact;
    if (candidate === undefined || candidate.dueAt > now) next[subject] = fact;
    else {
      found.push(...transitionsOf(watch, subject, value, candidate, record));
      next[subject] = { value: candidate.value };
    }
  }
  return next;
}

function move(
  { detector }: Watch,
  facts: Facts | undefined,
  record: DeviceRecord,
  decide: (subject: string, value: Value, known: Fact | undefined) => Fact,
): Facts | undefined {
  const content = contentOf(record);
  const values =
    content &&
    detector.read(content, (subject) => {
      const fact = facts?.[subject];
      return fact?.candidate?.value ?? fact?.value;
    });
  if (values === undefined) return facts;
  const next: Record<string, Fact> = {};
  for (const subject of new Set([...Object.keys(facts ?? {}), ...Object.keys(values)])) {
    const known = facts?.[subject];
    const value = Object.hasOwn(values, subject) ? values[subject] : detector.assumed;
    // What a state does not say is as it was.
    const fact =
      value === null ? known : value === undefined ? undefined : decide(subject, value, known);
    const isAssumed = fact?.value === detector.assumed && fact?.candidate === undefined;
    if (fact !== undefined && !isAssumed) next[subject] = fact;
  }
  return next;
}

function transitionsOf(
  { key, detector }: Watch,
  subject: string,
  before: Value,
  { value, at, since, previous, isMissed }: Omit<Candidate, "dueAt">,
  next: DeviceRecord,
): Found[] {
  const changes = detector.changes(before, value, contentOf(next) ?? {}, subject);
  return changes.map(({ name, details = {} }) => {
    const id = [next.id, name, ...(subject === "" ? [] : [subject]), at].join("/");
    return { key, id, name, since, details, next, previous, isMissed };
  });
}

/** The time of the reading, where it is newer than the one before and told in time. */
function sinceOf({ timeOf }: Detector, record: DeviceRecord, previous: DeviceRecord): number {
  const [time, before] = [record, previous].map((each) =>
    Date.parse(String(timeOf?.(contentOf(each) ?? {}))),
  );
  const isNewer = time !== undefined && time <= record.observedAt && !(time <= Number(before));
  return isNewer ? time : record.observedAt;
}

/** A partial record says nothing that counts: its readings are null, and so may be all else. */
export function contentOf(record: DeviceRecord | null): Content | undefined {
  if (record === null || record.payload === null || record.partial) return undefined;
  try {
    return Object(JSON.parse(record.payload)) as Content;
  } catch {
    return undefined;
  }
}
