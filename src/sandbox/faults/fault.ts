import { type OperationId, operations } from "../../../generated/operations.ts";
import { closest, type KnownNames, refuseUnknownNames } from "../shared/known-names.ts";
import type { ActionFate } from "../simulation/actions.ts";

/** Which requests a fault strikes; by default any. */
export interface FaultScope {
  /** Only requests of this operation; `token` is the token endpoint. */
  readonly operation?: OperationId | "token";
  /** Only requests with this path, such as `/vehicles`, or whose path fits the expression. */
  readonly path?: string | RegExp;
  /** Only requests with this method. */
  readonly method?: string;
}

/** The options that all faults share. */
interface Rule {
  /** Name in logs and on pages; by default derived from the fault. */
  readonly title?: string | undefined;
  /** How often it strikes: with `faults.next()` 1 by default, with `faults.set()` until it is cleared. */
  readonly times?: number | undefined;
  /** Strikes only the first `of` of every `every` matches. */
  readonly bursts?:
    | {
        /** How many it strikes. */
        readonly of: number;
        /** Of how many. */
        readonly every: number;
      }
    | undefined;
}

/** A fault of requests. */
export interface Fault extends FaultScope, Rule {
  /**
   * How long the answer is held back, in milliseconds of the wall clock, which timeouts of callers use. By itself it
   * delays the usual answer.
   */
  readonly delay?: number | undefined;
  /** Status of the answer in place of the usual one; 500 when only `body` or `headers` are given. */
  readonly status?: number | undefined;
  /** Headers of the answer, added to the usual ones. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Body of the answer: a string as it is, anything else as JSON. By default a problem document from status 400 on. */
  readonly body?: unknown;
  /** Breaks the connection: the call ends with a `TypeError` whose cause has the code ECONNRESET. */
  readonly reset?: boolean | undefined;
  /** Whether it strikes `before` the request, which is then not carried out, or `after` it. `before` by default. */
  readonly strikes?: "before" | "after" | undefined;
  /**
   * What follows the first half of the body: a normal end, as though it were complete (`short`), the end of the
   * connection (`broken`), or nothing, with the connection open (`stalled`).
   */
  readonly cut?: "short" | "broken" | "stalled" | undefined;
  /** First invalidates the access token of the request, permanently. Strikes only requests that need one. */
  readonly token?: "expired" | "revoked" | undefined;
  /** Adds an unknown member to every object of the answer, and puts unknown values where enums are open. */
  readonly unknowns?: boolean | undefined;
  /** Returns the cursor of the request as the cursor of the next page. Strikes only requests with `after`. */
  readonly repeatCursor?: boolean | undefined;
}

/** A fault of deliveries to webhooks, or of the events in them. */
export interface DeliveryFault extends Rule {
  /**
   * Of deliveries: `duplicated`: the same delivery is sent again. `reordered`: the older half of the events, or the only
   * one, is sent 5 simulated seconds later. `dropped`: the delivery is never sent. `unknowns`: events hold unknown members
   * and unknown enum values.
   *
   * Of events about a change of a device, which strike when they are raised, for all webhooks: `stale`: another event
   * follows, created a millisecond later, with the readings before the change, so that `lastSeen` runs backwards.
   * `repeated`: the event comes again 1.5 simulated seconds later, with a `createdAt` of its own.
   *
   * Of discoveries, but for chargers: what is no information is null as a whole (`null-parts`) or left out
   * (`missing-parts`), which Enode does not rule out.
   */
  readonly delivery:
    | "duplicated"
    | "reordered"
    | "dropped"
    | "unknowns"
    | "stale"
    | "repeated"
    | "null-parts"
    | "missing-parts";
}

/** A fault of actions: how the next one ends, on any device or on one. */
export interface ActionFault extends ActionFate {
  /** Only actions on this device. */
  readonly deviceId?: string;
  /** How many actions it strikes; 1 by default. */
  readonly times?: number | undefined;
}

/** The name of a fault. */
export function titleOf(fault: Fault | DeliveryFault): string {
  if (fault.title !== undefined) return fault.title;
  if ("delivery" in fault) return `Delivery ${fault.delivery.replace("-", " ")}`;
  const parts = [
    fault.delay !== undefined && `Delay of ${fault.delay} ms`,
    fault.token !== undefined && `Token ${fault.token}`,
    fault.reset === true && `Reset ${fault.strikes === "after" ? "after" : "before"} handling`,
    fault.status !== undefined && `Status ${fault.status}`,
    fault.cut !== undefined && `Body ${fault.cut}`,
    fault.unknowns === true && "Unknown values",
    fault.repeatCursor === true && "Repeated cursor",
  ];
  return parts.filter((part) => part !== false).join(", ") || "Odd answer";
}

const RULE: KnownNames<Rule> = { title: true, times: true, bursts: true };
const SCOPE: KnownNames<FaultScope> = { operation: true, path: true, method: true };
const FAULT: KnownNames<Fault> = {
  ...RULE,
  ...SCOPE,
  delay: true,
  status: true,
  headers: true,
  body: true,
  reset: true,
  strikes: true,
  cut: true,
  token: true,
  unknowns: true,
  repeatCursor: true,
};
const DELIVERY_FAULT: KnownNames<DeliveryFault> & KnownNames<FaultScope> = {
  ...RULE,
  // A preset for deliveries may be given a scope, which has no effect on them.
  ...SCOPE,
  delivery: true,
};
const ACTION_FAULT: KnownNames<ActionFault> = {
  type: true,
  state: true,
  after: true,
  deviceId: true,
  times: true,
};

/** Checks a fault. Undefined members are left out, so that they do not override those of an earlier fault. */
export function checked<F extends Fault | DeliveryFault>(fault: F): F {
  refuseUnknownNames("A fault", fault, "delivery" in fault ? DELIVERY_FAULT : FAULT);
  refuseUndefined(fault, Object.keys(SCOPE));
  check(fault);
  const members = Object.entries(fault).filter(([, value]) => value !== undefined);
  // Only optional members are left out.
  return Object.fromEntries(members) as F;
}

/** Throws for an invalid fault of actions. */
export function checkActionFault(fault: ActionFault): void {
  refuseUnknownNames("An action fault", fault, ACTION_FAULT);
  refuseUndefined(fault, ["deviceId"]);
  if (fault.times !== undefined) checkTimes(fault.times);
}

/** Throws for undefined members that would widen a fault from one operation or device to all of them. */
function refuseUndefined(fault: object, names: readonly string[]): void {
  for (const name of names) {
    if (!Object.hasOwn(fault, name) || Reflect.get(fault, name) !== undefined) continue;
    throw new TypeError(`"${name}" of a fault is undefined; leave it out to mean all of them`);
  }
}

function check(fault: Fault | DeliveryFault): void {
  const { times, bursts } = fault;
  if (times !== undefined) checkTimes(times);
  if (bursts !== undefined) {
    const isCount = (value: number) => Number.isInteger(value) && value > 0;
    if (!isCount(bursts.of) || !isCount(bursts.every) || bursts.of > bursts.every) {
      throw new RangeError(
        `"bursts" must be { of, every }, whole numbers above 0, "of" the smaller`,
      );
    }
  }
  if ("delivery" in fault) return;
  const { operation, status, delay } = fault;
  if (operation !== undefined && operation !== "token" && !Object.hasOwn(operations, operation)) {
    const meant = closest(operation, Object.keys(operations));
    throw new RangeError(
      `There is no operation "${operation}"${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    );
  }
  if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599)) {
    throw new RangeError(`"status" must be a whole number from 200 to 599, not ${status}`);
  }
  if (delay !== undefined && !(Number.isFinite(delay) && delay >= 0)) {
    throw new RangeError(`"delay" must be a number of milliseconds, 0 or more, not ${delay}`);
  }
}

function checkTimes(times: number): void {
  if (times === Number.POSITIVE_INFINITY || (Number.isInteger(times) && times > 0)) return;
  throw new RangeError(`"times" must be a whole number above 0, or Infinity, not ${times}`);
}
