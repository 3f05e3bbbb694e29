import {
  type ConfigurationError,
  invalidArgument,
  invalidOption,
} from "../errors/configuration.ts";
import type { Reading, ReadingStore } from "../storage/contracts/index.ts";

/** What {@link readingSink} tells beside the readings. */
export interface ReadingSinkContext {
  /** Whose readings they are: `<environment>:<clientId>`, as `enode.namespace` has it. */
  namespace: string;
}

/** Options of {@link readingSink}. */
export interface ReadingSinkOptions {
  /** Removes the readings of a user, by the ID at Enode, from where they were handed to. Resolves to how many. */
  erase?: ((userId: string, context: ReadingSinkContext) => Promise<number>) | undefined;
}

/** The stores that it has made. */
const sinks = new WeakSet<ReadingStore>();

/**
 * Hands readings over to where such data is kept already: ClickHouse, BigQuery, Kafka. Give it to a `History` as
 * `store`. It gets up to 1,000 readings at a time, and they count as kept once the function has resolved; when it
 * rejects, or takes longer than 4 s, the events come again. So it must be able to get readings several times: of two of
 * one series and time `replacesReading` of `enode-sdk/storage` tells which one counts.
 *
 * What reads throws a `ConfigurationError`: ask the database. `maintain()` has nothing to do. For a sink that is the
 * `readingStore` of a client, `users.erase` calls `options.erase`, and fails without it.
 *
 * @throws ConfigurationError for what is no function.
 *
 * @example
 * ```ts
 * import type { Enode } from "enode-sdk";
 * import { History, readingSink } from "enode-sdk/history";
 *
 * export function intoClickHouse(enode: Enode, url: string): History {
 *   const store = readingSink(async (readings) => {
 *     const rows = readings.map((reading) => JSON.stringify(reading)).join("\n");
 *     const query = encodeURIComponent("INSERT INTO readings FORMAT JSONEachRow");
 *     const response = await fetch(`${url}/?query=${query}`, { method: "POST", body: rows });
 *     if (!response.ok) throw new Error(`ClickHouse answered ${response.status}`);
 *   });
 *   return new History({ enode, store });
 * }
 * ```
 */
export function readingSink(
  fn: (readings: readonly Reading[], context: ReadingSinkContext) => Promise<unknown>,
  options: ReadingSinkOptions = {},
): ReadingStore {
  if (typeof fn !== "function") throw invalidArgument("fn", "readingSink() takes a function.");
  const { erase } = options;
  if (erase !== undefined && typeof erase !== "function") {
    throw invalidOption("erase", "erase must be a function.");
  }
  const refuse = async (): Promise<never> => {
    throw noQueries();
  };
  const store: ReadingStore = {
    async append(namespace, readings) {
      await fn(readings, { namespace });
      return { tooLate: 0 };
    },
    series: refuse,
    read: refuse,
    rolledDays: refuse,
    // It keeps nothing, so that there is nothing to roll up or to remove.
    rollUp: async () => undefined,
    staleDays: async () => [],
    saveDays: async () => undefined,
    prune: async () => 0,
    async erase(namespace, userId) {
      if (!erase) {
        throw invalidOption(
          "erase",
          "A readingSink() cannot erase a user: pass { erase }, or leave it out of the storage of the client.",
        );
      }
      return await erase(userId, { namespace });
    },
  };
  sinks.add(store);
  return store;
}

/** @throws ConfigurationError for a store that only hands over. */
export function refuseSink(store: ReadingStore): void {
  if (sinks.has(store)) throw noQueries();
}

function noQueries(): ConfigurationError {
  return invalidOption(
    "store",
    "The store of this history is a readingSink(), which only hands readings over: ask where they are kept.",
  );
}
