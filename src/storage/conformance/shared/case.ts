import { Clock } from "./clock.ts";
import { Finding, isError } from "./expectation.ts";

/**
 * Makes a new and empty store. `now` is the time to go by, in ms since the epoch: leases end by it, and
 * dead letters have their time from it. Cases set it; none of them waits. A store that goes by a clock of its
 * own fails the cases about time.
 */
export type MakeStore<Store> = (options: { now: () => number }) => Store | Promise<Store>;

/** One promise of a contract, and the proof that a store keeps it. */
export interface ConformanceCase<Store> {
  /** The promise, in words. */
  readonly name: string;
  /** Rejects with a {@link ConformanceError} when the promise is broken. */
  run(makeStore: MakeStore<Store>): Promise<void>;
}

/** A store breaks a promise of its contract: the message says in words which, and how. */
export class ConformanceError extends Error {
  /** Name of the contract, such as `EventStore`. */
  readonly contract: string;
  /** Name of the case: the promise, in words. */
  readonly promise: string;

  constructor(contract: string, promise: string, cause: unknown) {
    super(`${contract} breaks a promise: "${promise}": ${reasonOf(cause)}`, { cause });
    // A literal: minifiers rename classes.
    this.name = "ConformanceError";
    this.contract = contract;
    this.promise = promise;
  }
}

/** What a case does with a new store and its clock. */
export type Proof<Store> = (store: Store, clock: Clock) => Promise<void>;

/** Makes cases of proofs, by the names of their promises. */
export function casesOf<Store>(
  contract: string,
  proofs: Readonly<Record<string, Proof<Store>>>,
): readonly ConformanceCase<Store>[] {
  return Object.entries(proofs).map(([name, prove]) => ({
    name,
    async run(makeStore) {
      const clock = new Clock();
      try {
        await prove(await makeStore({ now: clock.now }), clock);
      } catch (error) {
        throw new ConformanceError(contract, name, error);
      }
    },
  }));
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Finding) return cause.message;
  return `the store failed with ${isError(cause) ? `"${cause.message}"` : String(cause)}`;
}
