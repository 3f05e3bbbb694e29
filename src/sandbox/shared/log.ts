import type { OperationId } from "../../../generated/operations.ts";

/** What happened last, oldest first, and a way to hear of what happens next. */
export interface SandboxLog<Entry> {
  /** The last 1000 entries, oldest first. */
  list(): Entry[];
  /**
   * Hears of each new entry, until the returned function is called. What a callback throws is lost.
   *
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox();
   * const stop = sandbox.requests.subscribe(({ method, path, status }) => console.log(method, path, status));
   * stop();
   * ```
   */
  subscribe(callback: (entry: Entry) => void): () => void;
}

/** One request to the API or the token endpoint. Holds no token, no body and no query. */
export interface RequestEntry {
  /** Counts from 1. */
  readonly number: number;
  /** When it came, in simulated time: an ISO 8601 date. */
  readonly at: string;
  readonly method: string;
  /** The path, at most 200 characters of it; link tokens are left out. */
  readonly path: string;
  /** The operation; `token` is the token endpoint, null a path that the API does not have. */
  readonly operation: OperationId | "token" | null;
  /** Status of the answer; null when the call ended without one. */
  readonly status: number | null;
  /** Milliseconds of the wall clock until the head of the answer. */
  readonly duration: number;
  /** Title of the fault that struck, if one did. */
  readonly fault: string | null;
}

/** One attempt to deliver events to a webhook. */
export interface DeliveryEntry {
  /** Counts from 1. */
  readonly number: number;
  /** When it was made, in simulated time: an ISO 8601 date. */
  readonly at: string;
  readonly webhookId: string;
  /** `X-Enode-Delivery`: the same for all attempts to deliver these events. */
  readonly deliveryId: string;
  /** How many events it holds. */
  readonly events: number;
  /** Status of the endpoint's answer; null when there was none. */
  readonly status: number | null;
  /** Why there was no answer, or what a fault did; null when neither is so. */
  readonly reason: string | null;
  /** 1 for the first attempt. */
  readonly attempt: number;
}

const LIMIT = 1000;

/** A path as logs have it. */
export function loggedPath(path: string): string {
  return path.replace(/^(\/link\/).+/, "$1…").slice(0, 200);
}

/** The last entries of one kind. */
export class Log<Entry extends { readonly number: number }> implements SandboxLog<Entry> {
  readonly #entries: Entry[] = [];
  readonly #callbacks = new Set<(entry: Entry) => void>();
  #lastNumber = 0;

  /** Adds an entry under the next number. */
  add(entry: Omit<Entry, "number">): void {
    this.#lastNumber += 1;
    // Omit and the number make the entry again, which the compiler cannot tell of a type parameter.
    const numbered = { number: this.#lastNumber, ...entry } as unknown as Entry;
    // Making room now and then is cheaper than making it each time.
    if (this.#entries.length >= 2 * LIMIT) this.#entries.splice(0, LIMIT);
    this.#entries.push(numbered);
    for (const callback of [...this.#callbacks]) {
      try {
        callback(numbered);
      } catch {
        // Who only looks on must not break what it looks at.
      }
    }
  }

  list(): Entry[] {
    return this.#entries.slice(-LIMIT);
  }

  subscribe(callback: (entry: Entry) => void): () => void {
    // A function of its own: the same callback may subscribe twice.
    const listener = (entry: Entry) => callback(entry);
    this.#callbacks.add(listener);
    return () => {
      this.#callbacks.delete(listener);
    };
  }
}
