import { eventExamples } from "../../../generated/event-examples.ts";
import { closest } from "../../shared/known-names.ts";
import { oneOf } from "../shared/arguments.ts";
import { UsageError } from "../shared/usage-error.ts";

type Json = Record<string, unknown>;

/** How an event differs from its example. */
export interface EventChanges {
  /** The ID of the user in place of that of the example. */
  readonly user: string | undefined;
  /** Values by their paths, such as `vehicle.chargeState.batteryLevel`. */
  readonly values: readonly (readonly [path: string, value: string])[];
}

/** The names of the events that there are examples of. */
export const sampleNames: readonly string[] = Object.keys(eventExamples);

/**
 * An event of the description's example that happens now. Calls back with what is unlikely to be meant; the event has
 * it all the same, as handlers are to be tested with wrong events too.
 *
 * @throws UsageError for the name of no event.
 */
export function sampleEvent(
  name: string,
  { user, values }: EventChanges,
  now: Date,
  warn: (text: string) => void,
): Json {
  const known = oneOf("event", name, sampleNames, "enode-sdk trigger --list shows them all");
  const example = eventExamples[known] ?? {};
  const event: Json = {
    ...(user === undefined ? structuredClone(example) : withUser(example, user)),
    createdAt: now.toISOString(),
  };
  for (const [path, value] of values) setValue(event, path, value, warn);
  return event;
}

/** A copy in which another user stands wherever that of the example does. */
function withUser(example: Readonly<Json>, id: string): Json {
  const own = (example["user"] as { readonly id?: string } | undefined)?.id;
  if (own === undefined)
    throw new UsageError(`${example["event"]} is about no user: leave out --user`);
  return JSON.parse(JSON.stringify(example), (_, value: unknown) => (value === own ? id : value));
}

function setValue(event: Json, path: string, value: string, warn: (text: string) => void): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  let at: Json = event;
  for (const name of names) {
    const inner = memberOf(at, name, path, warn);
    if (typeof inner === "object" && inner !== null) {
      at = inner as Json;
    } else {
      const made: Json = {};
      define(at, name, made);
      at = made;
    }
  }
  memberOf(at, last, path, warn);
  define(at, last, jsonOrText(value));
}

function memberOf(at: Json, name: string, path: string, warn: (text: string) => void): unknown {
  if (name === "") throw new UsageError(`--set ${path} has an empty name in its path`);
  if (Object.hasOwn(at, name)) return at[name];
  const near = closest(name, Object.keys(at));
  warn(
    `--set ${path}: the example has no "${name}" there${near === undefined ? "" : `; did you mean ${near}?`} It is added.`,
  );
  return undefined;
}

/** An assignment to `__proto__` would not add a member. */
function define(at: Json, name: string, value: unknown): void {
  Object.defineProperty(at, name, { value, enumerable: true, writable: true, configurable: true });
}

/** What is JSON is taken as that, and anything else as text. */
function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
