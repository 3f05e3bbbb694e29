/** How a receiver works off what is due. */
export interface DrainOptions {
  /** How long it may take, in ms. Default 5,000. */
  deadline?: number | undefined;
}

/** What a call of `drain` has done. */
export interface DrainResult {
  /** Events whose handlers were done. */
  handled: number;
  /** Attempts at events that failed; what is tried again is not due before a pause. */
  failed: number;
  /** Whether nothing more was due; false when the time was over first. */
  isDone: boolean;
}
