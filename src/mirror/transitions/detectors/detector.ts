import type { SyncKind } from "../../model/kinds.ts";
import type { TransitionName } from "../transition.ts";

/** What is known about one subject, such as whether a cable is connected. */
export type Value = string | boolean;

/** A device or user as JSON, of which nothing is taken for granted. */
export type Content = Readonly<Record<string, unknown>>;

/** What a change is called, and what the transition says beside the usual. */
export interface Change {
  readonly name: TransitionName;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Finds the transitions of one concept. Its functions are pure. */
export interface Detector {
  /** Same options, same key: what is known is kept under it. */
  readonly key: string;
  readonly names: readonly TransitionName[];
  readonly kinds: readonly SyncKind[];
  /**
   * Returns what a state says, by subject: null for what it does not say, undefined when it says nothing at all.
   *
   * @param before What was known of a subject, for those with hysteresis.
   */
  read(
    content: Content,
    before: (subject: string) => Value | undefined,
  ): Readonly<Record<string, Value | null>> | undefined;
  /** The value of a subject that a state which says something does not mention. Left out: the subject is forgotten. */
  readonly assumed?: Value;
  /** The transitions between two different values of a subject. */
  changes(before: Value, after: Value, content: Content, subject: string): readonly Change[];
  /** When the readings arrived that it uses; undefined where that is not told. */
  timeOf?(content: Content): unknown;
}

/** A member that is an object; an empty one where there is none. */
export function partOf(content: unknown, name: string): Content {
  return Object((Object(content) as Content)[name]) as Content;
}

export function numberOrNull(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

export function booleanOrNull(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}

/** Whether a number has reached a bound: until it has gone back by the hysteresis, it counts as there. */
export function hasReached(
  distance: number,
  hysteresis: number,
  before: Value | undefined,
): boolean {
  return distance >= 0 || (before === true && distance >= -hysteresis);
}
