import { withSafeMessage } from "../../shared/store-reason.ts";

/** What SQLite does not say of itself, or not in words that help. The message holds no values and no path. */
export class SqliteError extends Error {
  /** SQLite's name of it. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    // A literal: minifiers rename classes.
    this.name = "SqliteError";
    this.code = code;
    withSafeMessage(this);
  }
}

/** SQLite's code for a file that another connection has locked. */
const busy = 5;
/** A trigger of the host refused something, in its own words. */
const refusedByTrigger = 1811;

/** Whether another process has the file locked, so that another try may succeed. */
export function isLocked(error: unknown): boolean {
  const { errcode, message } = Object(error) as { errcode?: unknown; message?: unknown };
  // The low byte, as the others tell which kind of busy it is. Not all runtimes have the code.
  if (typeof errcode === "number") return (errcode & 0xff) === busy;
  return message === "database is locked";
}

/** The same error, with a mark where SQLite's own words say it all: they name tables and columns, and no values. */
export function marked(error: unknown): unknown {
  const { errcode, code } = Object(error) as { errcode?: unknown; code?: unknown };
  const isItsOwn = typeof errcode === "number" && errcode !== refusedByTrigger;
  // What it says of a database that is closed has no number.
  return isItsOwn || code === "ERR_INVALID_STATE" ? withSafeMessage(error as Error) : error;
}
