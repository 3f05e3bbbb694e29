import type { OperationId } from "../../generated/operations.ts";
import type { ActionFate } from "./actions.ts";
import { problem } from "./problems.ts";
import { json } from "./replies.ts";

/** What goes wrong, and with which requests. */
export interface Fault {
  /** Only requests of this operation; `token` is the token endpoint. By default any request. */
  readonly operation?: OperationId | "token";
  /** Only requests with this path, such as `/vehicles`, or whose path fits the expression. */
  readonly path?: string | RegExp;
  /** Only requests with this method. */
  readonly method?: string;
  /** How many requests it hits; 1 by default. */
  readonly times?: number;
  /** How long the answer is held back, in milliseconds of the wall clock. With nothing else it is the usual answer. */
  readonly delay?: number;
  /** Status of the answer in place of the usual one; 500 when only `body` or `headers` are given. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Body of the answer: a string as it is, anything else as JSON. By default a problem document from status 400 on. */
  readonly body?: unknown;
  /** Breaks the connection: the call ends with a `TypeError` whose cause has the code ECONNRESET. */
  readonly reset?: boolean;
  /** Whether the sandbox carries the request out before things go wrong; `before` means it does not. The default. */
  readonly strikes?: "before" | "after";
}

/** A fault of an action: how the next one ends, on any device or on one. */
export interface ActionFault extends ActionFate {
  readonly deviceId?: string;
  /** How many actions it hits; 1 by default. */
  readonly times?: number;
}

/** Makes the sandbox misbehave, for tests of what a program does then. */
export interface SandboxFaults {
  /**
   * The next request that fits goes wrong. Faults wait in line; each request meets at most one.
   *
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox();
   * sandbox.faults.next({ operation: "listVehicles", status: 429, headers: { "retry-after": "1" } });
   * ```
   */
  next(fault: Fault): void;
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
  /** Forgets all faults that have not struck yet. */
  clear(): void;
}

/** Where a request goes, as faults tell requests apart. */
export interface FaultTarget {
  readonly operation: OperationId | "token" | undefined;
  readonly path: string;
  readonly method: string;
}

/** The faults that wait. */
export class FaultLine implements SandboxFaults {
  #requests: { readonly fault: Fault; left: number }[] = [];
  #actions: { readonly fault: ActionFault; left: number }[] = [];

  next(fault: Fault): void {
    const { status, delay } = fault;
    if (status !== undefined && !(Number.isInteger(status) && status >= 200 && status <= 599)) {
      throw new RangeError(`"status" must be a whole number from 200 to 599, not ${status}`);
    }
    if (delay !== undefined && !(Number.isFinite(delay) && delay >= 0)) {
      throw new RangeError(`"delay" must be a number of milliseconds, 0 or more, not ${delay}`);
    }
    this.#requests.push({ fault, left: timesOf(fault.times) });
  }

  nextAction(fault: ActionFault): void {
    this.#actions.push({ fault, left: timesOf(fault.times) });
  }

  clear(): void {
    this.#requests = [];
    this.#actions = [];
  }

  /** Takes the fault that strikes this request, if any. */
  take(target: FaultTarget): Fault | undefined {
    return takeFirst(this.#requests, (fault) => fits(fault, target));
  }

  /** Takes the fault that strikes a new action of this device, if any. */
  takeForAction(id: string): ActionFault | undefined {
    return takeFirst(this.#actions, ({ deviceId }) => deviceId === undefined || deviceId === id);
  }
}

/** The answer that a fault puts in place of the usual one; undefined when it leaves that alone. */
export function faultyResponse({ status, headers, body }: Fault): Response | undefined {
  if (status === undefined && headers === undefined && body === undefined) return undefined;
  const code = status ?? 500;
  if (body === undefined && code >= 400) {
    const kind = code === 429 ? "too-many-requests" : "injected-fault";
    return json(code, problem(kind, "Injected fault", "A test asked the sandbox for it"), headers);
  }
  if (body === undefined || typeof body === "string") {
    return new Response(body ?? null, { status: code, ...(headers && { headers }) });
  }
  return json(code, body, headers);
}

/** Ends a call as fetch does when the peer has closed the connection. */
export function connectionReset(): TypeError {
  const cause = Object.assign(new Error("read ECONNRESET"), {
    code: "ECONNRESET",
    errno: -104,
    syscall: "read",
  });
  return new TypeError("fetch failed", { cause });
}

/** Whether an error is the one of `connectionReset()`. */
export function isConnectionReset(error: unknown): boolean {
  return (
    error instanceof TypeError &&
    error.cause instanceof Error &&
    "code" in error.cause &&
    error.cause.code === "ECONNRESET"
  );
}

/** Waits for so many milliseconds of the wall clock, or until the signal aborts: then it throws its reason. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal.addEventListener("abort", stop, { once: true });
  });
}

function fits(fault: Fault, { operation, path, method }: FaultTarget): boolean {
  if (fault.operation !== undefined && fault.operation !== operation) return false;
  if (fault.method !== undefined && fault.method.toUpperCase() !== method) return false;
  if (fault.path === undefined) return true;
  return typeof fault.path === "string" ? fault.path === path : path.search(fault.path) >= 0;
}

function takeFirst<F>(line: { readonly fault: F; left: number }[], strikes: (fault: F) => boolean) {
  const at = line.findIndex(({ fault }) => strikes(fault));
  const entry = line[at];
  if (entry === undefined) return undefined;
  entry.left -= 1;
  if (entry.left === 0) line.splice(at, 1);
  return entry.fault;
}

function timesOf(times = 1): number {
  if (times === Number.POSITIVE_INFINITY || (Number.isInteger(times) && times > 0)) return times;
  throw new RangeError(`"times" must be a whole number above 0, or Infinity, not ${times}`);
}
