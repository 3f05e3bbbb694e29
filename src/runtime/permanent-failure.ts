import { isErrorLike } from "../errors/error-like.ts";
import { classifyFailure } from "./connection-failure.ts";
import { fetchHint, tlsHint } from "./failure-hints.ts";

/** Thrown in place of a failure that another try cannot cure, with what can. */
class PermanentFailure extends Error {
  readonly hint: string;

  constructor(hint: string, cause: unknown) {
    super("another try cannot help", { cause });
    this.name = "PermanentFailure";
    this.hint = hint;
  }
}

/** Whether another try cannot help, as with a certificate that nobody trusts; also of a copy. */
export function isPermanent(error: unknown): boolean {
  return isErrorLike(error) && error.name === "PermanentFailure";
}

/** What to do about a failure that another try cannot cure, as a sentence behind others. */
export function hintOf(error: unknown): string {
  return error instanceof PermanentFailure ? ` ${error.hint}` : "";
}

/** @param isOfHost It came out of a function of the host's, and ky does not know it as one of the network. */
export function asPermanent(error: unknown, isOfHost: boolean): unknown {
  const { lasting } = classifyFailure(error);
  // Those of the network have a cause, or are known to ky.
  const isMistake =
    isOfHost && isErrorLike(error) && error.name === "TypeError" && error.cause === undefined;
  if (!lasting && !isMistake) return error;
  return new PermanentFailure(lasting === "tls" ? tlsHint : fetchHint, error);
}
