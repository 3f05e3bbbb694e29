import type { OperationId } from "../../../generated/operations.ts";
import {
  type ActionFault,
  checkActionFault,
  checked,
  type DeliveryFault,
  type Fault,
  type FaultScope,
  titleOf,
} from "./fault.ts";
import { type FaultPreset, type FaultPresetId, presets } from "./presets.ts";

/** Ends a standing fault. */
export interface FaultHandle {
  /** ID of the fault. */
  readonly id: string;
  /** Ends the fault; does nothing when it has ended already. */
  clear(): void;
}

/** A fault that stands until it is cleared. */
export interface StandingFault extends FaultHandle {
  /** Name in logs and on pages. */
  readonly title: string;
  /** The preset that it comes from; null for a fault of your own. */
  readonly preset: FaultPresetId | null;
  /** What it does, and what it strikes. */
  readonly fault: Fault | DeliveryFault;
  /** How often it struck. */
  readonly struck: number;
}

/** Makes the sandbox fail on purpose, to test how a program handles it. */
export interface SandboxFaults {
  /** Faults that `set()` knows by their IDs. */
  readonly presets: readonly FaultPreset[];
  /**
   * Makes the next matching request or delivery fail. Faults wait in a queue; each request gets at most one of them.
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
   * Sets a fault that stands until it is cleared. Several faults that match one request strike together, and the later
   * one wins where they differ; a fault that waits by `next()` goes before all of them.
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
  /** Clears all faults: those that have not struck yet, and those that stand. */
  clear(): void;
}

/** The properties of a request by which faults select requests. */
export interface FaultTarget {
  readonly operation: OperationId | "token" | undefined;
  readonly path: string;
  readonly method: string;
  /** Whether the operation needs an access token. */
  readonly needsToken: boolean;
  /** Whether it asks for a page after the first. */
  readonly hasCursor: boolean;
}

/** The fault that strikes one request. */
export interface AppliedFault {
  readonly fault: Fault;
  readonly title: string;
}

interface Waiting {
  readonly fault: Fault | DeliveryFault;
  left: number;
  /** How many requests or deliveries matched, struck or not. */
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
    // Anything that is not the ID of a preset is a fault.
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
    checkActionFault(fault);
    this.#actions.push({ fault, left: times });
  }

  clear(): void {
    this.#next = [];
    this.#standing = [];
    this.#actions = [];
  }

  /** Takes the fault that strikes this request, if any. */
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
