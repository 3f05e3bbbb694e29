import type { Schedule, ScheduleCreate, ScheduleUpdate } from "../../../../generated/types.ts";
import { isObject } from "../../http/body-validation.ts";
import { badRequest } from "../../http/problems.ts";
import { isClockTime } from "../../shared/time/clock-time.ts";
import { isWeekdays } from "../../shared/time/weekdays.ts";

type Issues = { path: string; message: string }[];

/** Takes over what it knows of a value, and notes what is wrong with it. */
type Read = (value: unknown, path: string, issues: Issues) => unknown;

/** Reads a new schedule; throws a 400 that lists all faults. */
export function readNewSchedule(body: unknown): ScheduleCreate {
  const members = membersOf(body);
  const reads = members.get("targetType") === "hvac" ? temperature : charging;
  // Each member was read by its rule, which makes sure of the type.
  return readMembers(members, reads, "all") as ScheduleCreate;
}

/** Reads changes to a schedule; throws a 400 that lists all faults. */
export function readScheduleChanges(body: unknown, { targetType }: Schedule): ScheduleUpdate {
  const reads = targetType === "hvac" ? temperature : charging;
  // Each member was read by its rule, which makes sure of the type.
  return readMembers(membersOf(body), reads, "some") as ScheduleUpdate;
}

function readMembers(
  members: ReadonlyMap<string, unknown>,
  reads: Readonly<Record<string, Read>>,
  wanted: "all" | "some",
): object {
  const issues: Issues = [];
  const result = take(members, reads, "", issues, wanted === "all" ? Object.keys(reads) : []);
  if (issues.length === 0) return result;
  const faults = issues.map(({ path, message }) => `${path} ${message}`).join("; ");
  throw badRequest(`The request is not valid: ${faults}`, issues);
}

/** The members that there is a rule for; those that must be there are read even if they are missing. */
function take(
  members: ReadonlyMap<string, unknown>,
  reads: Readonly<Record<string, Read>>,
  prefix: string,
  issues: Issues,
  required: readonly string[],
): object {
  const entries = Object.entries(reads)
    .filter(([name]) => required.includes(name) || members.get(name) !== undefined)
    .map(([name, read]) => [name, read(members.get(name), prefix + name, issues)]);
  return Object.fromEntries(entries);
}

function membersOf(body: unknown): Map<string, unknown> {
  if (isObject(body)) return new Map(Object.entries(body));
  throw badRequest("The body must be a JSON object");
}

const isUuid = (value: unknown): boolean =>
  typeof value === "string" && /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value);

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i;

const value =
  (isGood: (value: unknown) => boolean, message: string): Read =>
  (given, path, issues) => {
    if (!isGood(given)) issues.push({ path, message });
    return given;
  };

const object =
  (reads: Readonly<Record<string, Read>>, required: readonly string[]): Read =>
  (given, path, issues) => {
    if (isObject(given)) {
      return take(new Map(Object.entries(given)), reads, `${path}.`, issues, required);
    }
    issues.push({ path, message: "must be an object" });
    return given;
  };

const list =
  (read: Read): Read =>
  (given, path, issues) => {
    if (Array.isArray(given)) {
      return given.map((each: unknown, index) => read(each, `${path}[${index}]`, issues));
    }
    issues.push({ path, message: "must be a list" });
    return given;
  };

const flag = value((given) => typeof given === "boolean", "must be true or false");
const id = value((given) => typeof given === "string" && given !== "", "must be an ID");
const uuidOrNull = value((given) => given === null || isUuid(given), "must be a UUID or null");
const clockTime = value(isClockTime, "must be a clock time such as 05:30");
const dateTime = value(
  (given) => typeof given === "string" && DATE_TIME.test(given) && !Number.isNaN(Date.parse(given)),
  "must be a date-time",
);
const temperatureValue = value(Number.isFinite, "must be a number");

const constant = (...values: readonly string[]): Read =>
  value(
    (given) => typeof given === "string" && values.includes(given),
    `must be ${values.join(" or ")}`,
  );

const times = {
  hourMinute: object({ from: clockTime, to: clockTime }, ["from", "to"]),
  fromTimestamp: dateTime,
  toTimestamp: dateTime,
  weekdays: value(isWeekdays, "must list days from 0 for Monday to 6 for Sunday"),
};

/** The setpoints of each mode that a unit can be held at. */
const SETPOINTS: ReadonlyMap<unknown, readonly string[]> = new Map([
  ["COOL", ["coolSetpoint"]],
  ["HEAT", ["heatSetpoint"]],
  ["AUTO", ["coolSetpoint", "heatSetpoint"]],
  ["OFF", []],
]);

const targetState: Read = (given, path, issues) => {
  const isScheduled = isObject(given) && Reflect.get(given, "holdType") === "SCHEDULED";
  if (isScheduled) return { holdType: "SCHEDULED" };
  const mode: unknown = isObject(given) ? Reflect.get(given, "mode") : undefined;
  const setpoints = SETPOINTS.get(mode) ?? [];
  const reads: Record<string, Read> = {
    mode: constant("COOL", "HEAT", "AUTO", "OFF"),
    ...Object.fromEntries(setpoints.map((name) => [name, temperatureValue])),
    holdType: constant("PERMANENT", "SCHEDULED"),
  };
  return object(reads, Object.keys(reads))(given, path, issues);
};

const charging = {
  targetId: id,
  targetType: constant("vehicle", "charger"),
  locationId: uuidOrNull,
  isEnabled: flag,
  defaultShouldCharge: flag,
  rules: list(object({ shouldCharge: flag, ...times }, ["shouldCharge"])),
};

const temperature = {
  targetId: id,
  targetType: constant("hvac"),
  isEnabled: flag,
  defaultTargetState: targetState,
  rules: list(object({ targetState, ...times }, ["targetState"])),
};
