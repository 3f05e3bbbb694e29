/**
 * Recognises copies of a delivery that is handed over to the host, in whichever process they come. Several
 * processes use one guard at the same time. Every method may throw or reject.
 */
export interface ReplayGuard {
  /**
   * Claims a delivery, in one atomic step, for as long as it takes to hand it over; of any number of
   * simultaneous calls for one delivery one gets the claim. `duplicate` when it was confirmed before; `busy`
   * when another one holds the claim. A claim whose holder died ends by itself, and soon.
   */
  claim(namespace: string, digest: string): Promise<ReplayClaim | "duplicate" | "busy">;
}

/** The right to hand over a delivery. */
export interface ReplayClaim {
  /** It was handed over: copies of it are duplicates from now on, for longer than Enode repeats deliveries. */
  confirm(): Promise<void>;
  /** It was not handed over: a copy of it may be. Does nothing when the claim is another one's by now. */
  release(): Promise<void>;
}
