/** The members of errors that this package reads, of any realm. */
export interface ErrorLike {
  readonly message: string;
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/** Whether it has the members of an error. Errors of another realm, as in Jest, are no `instanceof Error`. */
export function isErrorLike(value: unknown): value is Error & ErrorLike {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { message?: unknown }).message === "string"
  );
}
