import { type OperationId, operations } from "../../../generated/operations.ts";
import { closest, type KnownNames, refuseUnknownNames } from "../shared/known-names.ts";
import type { ActionFate } from "../simulation/actions.ts";
import { type FaultPreset, type FaultPresetId, presets } from "./presets.ts";

/** Which requests a fault strikes; by default any. */
export interface FaultScope {
  /** Only requests of this operation; `token` is the token endpoint. */
  readonly operation?: OperationId | "token";
  /** Only requests with this path, such as `/vehicles`, or whose path fits the expression. */
  readonly path?: string | RegExp;
  /** Only requests with this method. */
  readonly method?: string;
}

/** What all faults have. */
interface Rule {
  /** What logs and pages call it; by default made of what it does. */
  readonly title?: string | undefined;
  /** How often it strikes: with `faults.next()` 1 by default, with `faults.set()` until it is cleared. */
  readonly times?: number | undefined;
  /** Strikes only the first `of` of every `every` that fit. */
  readonly bursts?: { readonly of: number; readonly every: number } | undefined;
}

/** What goes wrong with requests, and with which. */
export interface Fault extends FaultScope, Rule {
  /**
   * How long the answer is held back, in milliseconds of the wall clock, by which callers have their time-outs. With
   * nothing else it is the usual answer.
   */
  readonly delay?: number | undefined;
  /** Status of the answer in place of the usual one; 500 when only `body` or `headers` are given. */
  readonly status?: number | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Body of the answer: a string as it is, anything else as JSON. By default a problem document from status 400 on. */
  readonly body?: unknown;
  /** Breaks the connection: the call ends with a `TypeError` whose cause has the code ECONNRESET. */
  readonly reset?: boolean | undefined;
  /** Whether the sandbox carries the request out before things go wrong; `before` means it does not. The default. */
  readonly strikes?: "before" | "after" | undefined;
  /**
   * What comes of the body after its first half: nothing, as though it were whole (`short`), the end of the connection
   * (`broken`), or nothing ever, with the connection open (`stalled`).
   */
  readonly cut?: "short" | "broken" | "stalled" | undefined;
  /** Makes the access token of the request a bad one first, for good. Strikes only requests that need one. */
  readonly token?: "expired" | "revoked" | undefined;
  /** Puts a member that nobody knows in every object of the answer, and unknown values where enums are open. */
  readonly unknowns?: boolean | undefined;
  /** Answers with the cursor that was asked for as that of the next page. Strikes only requests with `after`. */
  readonly repeatCursor?: boolean | undefined;
}

/** What goes wrong with deliveries to webhooks. */
export interface DeliveryFault extends Rule {
  /**
   * `duplicated`: what was delivered is delivered again. `reordered`: the older half of the events, or the only one,
   * comes 5 simulated seconds later. `dropped`: it is never sent. `unknowns`: events hold members and values of enums
   * that nobody knows.
   */
  readonly delivery: "duplicated" | "reordered" | "dropped" | "unknowns";
}

/** A fault of an action: how the next one ends, on any device or on one. */
export interface ActionFault extends ActionFate {
  readonly deviceId?: string;
  /** How many actions it hits; 1 by default. */
  readonly times?: number | undefined;
}

/** Ends a standing fault. */
export interface FaultHandle {
  readonly id: string;
  /** Ends it; nothing happens when it is over already. */
  clear(): void;
}

/** A fault that stands until it is cleared. */
export interface StandingFault extends FaultHandle {
  readonly title: string;
  /** The preset that it was made of, if it was. */
  readonly preset: FaultPresetId | null;
  readonly fault: Fault | DeliveryFault;
  /** How often it struck. */
  readonly struck: number;
}

/** Makes the sandbox misbehave, for tests of what a program does then. */
export interface SandboxFaults {
  /** Faults that `set()` knows by their IDs. */
  readonly presets: readonly FaultPreset[];
  /**
   * The next request or delivery that fits goes wrong. Faults wait in line; each request meets at most one of them.
   *
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox();
   * sandbox.faults.next({ operation: "listVehicles", status: 429, headers: { "retry-after": "1" } });
   * sandbox.faults.next({ delivery: "duplicated" });
   * ```
   */
  next(fault: Fault | DeliveryFault): void;
  /**
   * Lets things go wrong until the fault is cleared. Several faults that fit one request strike together, the later one
   * where they disagree; one that waits by `next()` goes before all of them.
   *
   * @param fault A fault, or the ID of a preset.
   * @param scope Which requests a preset strikes.
   * @throws RangeError when there is no such preset, or the fault is impossible.
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox();
   * const limit = sandbox.faults.set("rate-limited", { operation: "listVehicles" });
   * const slow = sandbox.faults.set({ delay: 200 });
   * console.log(sandbox.faults.list().map(({ title }) => title));
   * limit.clear();
   * slow.clear();
   * ```
   */
  set(fault: Fault | DeliveryFault | FaultPresetId, scope?: FaultScope): FaultHandle;
  /** The faults that stand, oldest first. */
  list(): StandingFault[];
  /**
   * The next action does not succeed.
   *
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox();
   * sandbox.faults.nextAction({ type: "NO_RESPONSE", after: 30_000 });
   * ```
   */
  nextAction(fault: ActionFault): void;
  /** Forgets all faults: those that have not struck yet, and those that stand. */
  clear(): void;
}

/** Where a request goes, as faults tell requests apart. */
export interface FaultTarget {
  readonly operation: OperationId | "token" | undefined;
  readonly path: string;
  readonly method: string;
  /** Whether the operation needs an access token. */
  readonly needsToken: boolean;
  /** Whether it asks for a page after the first. */
  readonly hasCursor: boolean;
}

/** What strikes one request. */
export interface AppliedFault {
  readonly fault: Fault;
  readonly title: string;
}

interface Waiting {
  readonly fault: Fault | DeliveryFault;
  left: number;
  /** How often it fitted, struck or not. */
  met: number;
}

interface Standing extends Waiting {
  readonly id: string;
  readonly preset: FaultPresetId | null;
  struck: number;
}

/** The faults that wait and those that stand. */
export class FaultInjector implements SandboxFaults {
  readonly presets: readonly FaultPreset[] = presets.map(({ id, title, description }) => ({
    id,
    title,
    description,
  }));
  #next: Waiting[] = [];
  #standing: Standing[] = [];
  #actions: { readonly fault: ActionFault; left: number }[] = [];
  #lastNumber = 0;

  next(fault: Fault | DeliveryFault): void {
    this.#next.push({ fault: checked(fault), left: fault.times ?? 1, met: 0 });
  }

  set(given: Fault | DeliveryFault | FaultPresetId, scope: FaultScope = {}): FaultHandle {
    const preset = typeof given === "string" ? presetOf(given) : undefined;
    // What is no preset's ID is a fault.
    const fault = checked({ ...(preset?.fault ?? (given as Fault | DeliveryFault)), ...scope });
    this.#lastNumber += 1;
    const id = `fault-${this.#lastNumber}`;
    const left = fault.times ?? Number.POSITIVE_INFINITY;
    this.#standing.push({ id, preset: preset?.id ?? null, fault, left, met: 0, struck: 0 });
    return { id, clear: () => this.#clear(id) };
  }

  list(): StandingFault[] {
    return this.#standing.map(({ id, preset, fault, struck }) => {
      return { id, title: titleOf(fault), preset, fault, struck, clear: () => this.#clear(id) };
    });
  }

  nextAction(fault: ActionFault): void {
    const { times = 1 } = fault;
    refuseUnknownNames("An action fault", fault, ACTION_FAULT);
    refuseUndefined(fault, ["deviceId"]);
    checkTimes(times);
    this.#actions.push({ fault, left: times });
  }

  clear(): void {
    this.#next = [];
    this.#standing = [];
    this.#actions = [];
  }

  /** Takes what strikes this request, if anything. */
  take(target: FaultTarget): AppliedFault | undefined {
    const faults = this.#take((fault) => "delivery" in fault || !fits(fault, target));
    if (faults.length === 0) return undefined;
    const title = faults.map(titleOf).join(", ");
    return { fault: Object.assign({}, ...faults), title };
  }

  /** Takes a fault that strikes a delivery, if there is one; returns its title. */
  takeForDelivery(what: DeliveryFault["delivery"]): string | undefined {
    const [fault] = this.#take((each) => !("delivery" in each) || each.delivery !== what);
    return fault && titleOf(fault);
  }

  /** Takes the fault that strikes a new action of this device, if any. */
  takeForAction(id: string): ActionFault | undefined {
    const entry = this.#actions.find(
      ({ fault: { deviceId } }) => deviceId === undefined || deviceId === id,
    );
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left === 0) this.#actions.splice(this.#actions.indexOf(entry), 1);
    return entry.fault;
  }

  #clear(id: string): void {
    this.#standing = this.#standing.filter((each) => each.id !== id);
  }

  #take(spares: (fault: Fault | DeliveryFault) => boolean): (Fault | DeliveryFault)[] {
    const first = this.#next.find((each) => !spares(each.fault) && isItsTurn(each));
    if (first !== undefined) {
      first.left -= 1;
      this.#next = this.#next.filter(({ left }) => left > 0);
      return [first.fault];
    }
    const struck = this.#standing.filter((each) => !spares(each.fault) && isItsTurn(each));
    for (const each of struck) {
      each.left -= 1;
      each.struck += 1;
    }
    this.#standing = this.#standing.filter(({ left }) => left > 0);
    return struck.map(({ fault }) => fault);
  }
}

function isItsTurn(entry: Waiting): boolean {
  const place = entry.met;
  entry.met += 1;
  const { bursts } = entry.fault;
  return bursts === undefined || place % bursts.every < bursts.of;
}

function fits(fault: Fault, target: FaultTarget): boolean {
  const { operation, path, method } = target;
  if (fault.token !== undefined && !target.needsToken) return false;
  if (fault.repeatCursor === true && !target.hasCursor) return false;
  if (fault.operation !== undefined && fault.operation !== operation) return false;
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  return typeof fault.path === "string" ? fault.path === path : path.search(fault.path) >= 0;
}

function presetOf(id: string) {
  const preset = presets.find((each) => each.id === id);
  if (preset !== undefined) return preset;
  const known = presets.map((each) => each.id).join(", ");
  throw new RangeError(`There is no fault "${id}"; there are ${known}`);
}

/** What a fault is called. */
function titleOf(fault: Fault | DeliveryFault): string {
  if (fault.title !== undefined) return fault.title;
  if ("delivery" in fault) return `Delivery ${fault.delivery}`;
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
  // A preset for deliveries may be given a scope, which says nothing about them.
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

/** A fault after a check. Members that are undefined are left out: of two faults the later one decides. */
function checked<F extends Fault | DeliveryFault>(fault: F): F {
  refuseUnknownNames("A fault", fault, "delivery" in fault ? DELIVERY_FAULT : FAULT);
  refuseUndefined(fault, Object.keys(SCOPE));
  check(fault);
  const members = Object.entries(fault).filter(([, value]) => value !== undefined);
  // Nothing but optional members is left out.
  return Object.fromEntries(members) as F;
}

/** Refuses what would widen a fault from one operation or device to all of them. */
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
