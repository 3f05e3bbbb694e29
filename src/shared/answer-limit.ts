/** Limit for an answer with an error status, in bytes: problems are small. */
const maxProblemBytes = 1024 * 1024;

/** Thrown when a body is larger than its reader allows. */
export class BodyTooLargeError extends Error {
  readonly status: number;

  constructor(maxBytes: number, status: number) {
    super(`the body is larger than ${maxBytes} bytes`);
    // Known by its name: an entry of the package has a class of its own where its module system is another one.
    this.name = "BodyTooLarge";
    this.status = status;
  }
}

/** How many bytes of a body are read, by whether its status is a success. */
export function answerLimit(ok: boolean, maxBytes: number): number {
  return ok ? maxBytes : Math.min(maxBytes, maxProblemBytes);
}

/** Whether it says that a body is larger than its reader allows. */
export function isBodyTooLarge(error: unknown): error is BodyTooLargeError {
  return error instanceof Error && error.name === "BodyTooLarge";
}
