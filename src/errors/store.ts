import { EnodeError, isKind } from "./base.ts";

/** A storage adapter of the host failed. */
export class StoreError extends EnodeError {
  static override readonly kind: string = "StoreError";

  /** Which store, such as `tokenStore`. */
  readonly store: string;
  /** Which of its methods, such as `get`. */
  readonly method: string;

  constructor(message: string, options: { store: string; method: string; cause?: unknown }) {
    super(message, { ...options, code: "store_failed" });
    this.store = options.store;
    this.method = options.method;
  }
}

/** Whether a storage adapter of the host failed. */
export function isStoreError(error: unknown): error is StoreError {
  return isKind(error, StoreError.kind);
}
