import { StoreError } from "../errors/index.ts";
import { outlineCause } from "./redaction.ts";
import { safeReason } from "./store-reason.ts";

/** A call of a store of the host, for the error that says how it failed. */
export interface FailedCall {
  /** Which store, such as `tokenStore`. */
  readonly store: string;
  readonly method: string;
  /** What the message says before and after. */
  readonly before?: string | undefined;
  readonly after?: string | undefined;
  /** What must not be seen, whoever says it. */
  readonly secrets?: readonly string[] | undefined;
}

/**
 * What is thrown when a store of the host's failed, or did `what`. Drivers quote the values that they were given, such as
 * the host's IDs and tokens: of their errors only the kind, the codes and the place are kept. This package's own engines
 * are quoted, as they say what is to be done, such as to call `migrate()`.
 */
export function storeFailure(call: FailedCall, what = "failed", error?: unknown): StoreError {
  const { store, method, before = "", after = "", secrets = [] } = call;
  const cause = error === undefined ? undefined : outlineCause(error, secrets);
  const reason = safeReason(cause);
  const words = reason === undefined ? what : `${what}: ${reason}`;
  return new StoreError(`${before}${store}.${method} ${words}${after}.`, { store, method, cause });
}
