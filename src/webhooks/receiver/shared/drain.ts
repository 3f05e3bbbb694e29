/** Options of `drain`. */
export interface DrainOptions {
  /** How long it may take, in ms. Default 5,000. */
  deadline?: number | undefined;
}

/** The result of `drain`. */
export interface DrainResult {
  /** Events whose handlers were done. */
  handled: number;
  /** Attempts at events that failed; another attempt is due only after a pause. */
  failed: number;
  /** Whether no more events were due; false when the deadline came first. */
  isDone: boolean;
}
