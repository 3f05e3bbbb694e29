import type { UnknownWebhookEvent } from "../../../../src/webhooks/index.ts";

/** What the process gets on its command line, as JSON. */
export interface ChildOptions {
  /** The SQLite file, or the address of the PostgreSQL database. */
  readonly database: { readonly sqlite: string } | { readonly postgres: string };
  /** The file to which each handling is appended. */
  readonly log: string;
  /** How many calls of its handlers fail before they work, so that its circuit opens and closes. */
  readonly fails?: number;
  /** By how much its clock is ahead, in ms. */
  readonly ahead: number;
  /**
   * Where it stops and waits to be killed: at its nth `append` after the answer, at its nth `claim` that gave
   * events before they are handled, or at its nth `complete` before the store is called.
   */
  readonly point?: Point;
}

/** See {@link ChildOptions.point}. */
export interface Point {
  readonly name: "append" | "claim" | "complete";
  /** Which one of those that happen while its circuit is in this state, if one is given. */
  readonly nth: number;
  readonly circuit?: CircuitState;
}

export type CircuitState = "open" | "closed";

/** To the process: a delivery to take in, or to handle what there is with the clock so much ahead. */
export type ParentMessage =
  | { readonly deliver: readonly UnknownWebhookEvent["payload"][] }
  | { readonly ahead: number };

export type ChildMessage =
  | { readonly ready: true }
  | { readonly status: number }
  | { readonly completed: string }
  /**
   * It has stopped, with its circuit in that state, and with `isKept` before the answer to a delivery that is in the
   * store: one message, as whoever waits for a part of it must not go on before the other has come.
   */
  | { readonly reached: string; readonly circuit: CircuitState; readonly isKept?: true };

/** One handling, as it stands in the log. */
export interface Handling {
  readonly id: string;
  readonly text: string;
  readonly pid: number;
}
