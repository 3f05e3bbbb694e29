import { closedCode, withSafeMessage } from "../../shared/store-reason.ts";
import { unreachable } from "../shared/system-errors.ts";

/** PostgreSQL refused something, or could not be reached. The message holds no values and no address. */
export class PostgresError extends Error {
  /** The SQLSTATE, or the code of the system's error. */
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    // A literal: minifiers rename classes.
    this.name = "PostgresError";
    this.code = code;
  }

  /** Whether the values are to blame, and others might pass. */
  get isAboutValues(): boolean {
    return aboutValues.test(this.code);
  }
}

// None of PostgreSQL's begins with an E, while EPIPE has five letters, too.
const sqlState = /^(?!E)[0-9A-Z]{5}$/;
/** Of values that do not fit, and of triggers of the host (P0), which may quote whatever they like. */
const aboutValues = /^(22|23|44|54|P0)...$/;
/** What ends a connection, or may: of its own, of the server's shutdown, of the system, and faults of the server. */
const aboutConnection = /^(08|57P|58|XX)/;
/** Classes whose messages are about statements, tables and the state of the server, and so can be shown. */
const aboutServer = /^(0A|25|3F|40|42|53|55|57)...$/;
/** What `pg` says without a code, word by word. */
const wordsOfDriver =
  /^(Cannot use a pool after calling end on the pool|timeout exceeded when trying to connect|Connection terminated due to connection timeout|Connection terminated unexpectedly|Connection terminated|Query read timeout|Client was closed and is not queryable|Client has encountered a connection error and is not queryable|The server does not support SSL connections)/;

/** Whether it is the server's answer to a statement, so that its connection is still good for others. */
export function isSettled(error: unknown): boolean {
  const { code } = Object(error) as { code?: unknown };
  return typeof code === "string" && sqlState.test(code) && !aboutConnection.test(code);
}

/** Another error, as the driver's may hold values and addresses in its message and in other members. */
export function cleaned(error: unknown): PostgresError {
  const { code: given, message } = Object(error) as { code?: unknown; message?: unknown };
  if (typeof given === "string") {
    return withSafeMessage(new PostgresError(messageOf(given, String(message)), given));
  }
  const [words] = wordsOfDriver.exec(String(message)) ?? [];
  // Of a library that is compatible, or of the host's own function that gives the password.
  if (words === undefined) return new PostgresError(String(message), "unknown");
  const code = words.includes("after calling end") ? closedCode : "unknown";
  return withSafeMessage(new PostgresError(`${words}.`, code));
}

function messageOf(code: string, message: string): string {
  if (!sqlState.test(code)) return unreachable("PostgreSQL", code);
  if (code === "42P01") return "Tables of enode-sdk are missing: call migrate() first.";
  if (code === "3D000") return `PostgreSQL has no such database (${code}).`;
  if (code.startsWith("28"))
    return `PostgreSQL refuses the role, its password or the host (${code}).`;
  if (code.startsWith("08")) return unreachable("PostgreSQL", code);
  if (aboutValues.test(code)) return `PostgreSQL does not take the values (${code}).`;
  if (aboutServer.test(code)) return `PostgreSQL refused a statement: ${message} (${code}).`;
  return `PostgreSQL failed (${code}).`;
}
