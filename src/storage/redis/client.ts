import { ConfigurationError } from "../../errors/index.ts";
import { safeReason, withSafeMessage } from "../../shared/store-reason.ts";
import { CallGate } from "../shared/call-gate.ts";
import { listenForErrors } from "../shared/emitters.ts";
import { cleaned } from "./error.ts";

/** What is used of a client of ioredis: a `Redis` or a `Cluster`. */
export interface IoredisClient {
  /** Such as `ready` or `connecting`. */
  readonly status: string;
  /** Runs a script in Lua. */
  eval(script: string, numkeys: number, ...args: string[]): Promise<unknown>;
}

/** What is used of a client of node-redis: of `createClient`, `createClientPool`, `createCluster` or `createSentinel`. */
export interface NodeRedisClient {
  /** Whether it was connected and not closed. */
  readonly isOpen: boolean;
  /** Runs a script in Lua. */
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>;
}

/** A client of ioredis 5 and later or of node-redis 4.6 and later, which is connected and closed by its owner. */
export type RedisClient = IoredisClient | NodeRedisClient;

/**
 * Runs a script that uses one key. All that is done in Redis is done by scripts of one key: they are atomic, go
 * to a primary, and any key of a cluster will do.
 */
export type RunScript = (script: string, key: string, ...args: string[]) => Promise<unknown>;

/**
 * @throws ConfigurationError for what is no client of ioredis or node-redis.
 */
export function scriptsOf(client: RedisClient): RunScript {
  const run = runnerOf(client);
  // Drivers keep the commands of callers that gave up, with what they are to write, until Redis is back.
  const gate = new CallGate((what) =>
    withSafeMessage(Object.assign(new Error(`Redis ${what}.`), { code: "stalled" })),
  );
  return async (...args) => {
    try {
      return await gate.run(() => run(...args));
    } catch (error) {
      throw safeReason(error) === undefined ? cleaned(error) : error;
    }
  };
}

function runnerOf(client: RedisClient): RunScript {
  // `Object` makes an object of anything. Both have an `eval`, of different arguments, and so have others.
  const { eval: run, status, isOpen } = Object(client) as Partial<IoredisClient & NodeRedisClient>;
  const isIoredis = typeof status === "string";
  if (typeof run === "function" && isIoredis !== (typeof isOpen === "boolean")) {
    // ioredis prints an error that nobody listens for; with node-redis it would end the process.
    if (!isIoredis) listenForErrors(client);
    return isIoredis
      ? (script, key, ...args) => (client as IoredisClient).eval(script, 1, key, ...args)
      : (script, key, ...args) =>
          (client as NodeRedisClient).eval(script, { keys: [key], arguments: args });
  }
  throw new ConfigurationError(
    "client must be a client of ioredis (5 or later) or of the package redis (node-redis, 4.6 or later).",
    { parameter: "client" },
  );
}

/** Names that people use for the option `client`. */
export const clientAliases: Readonly<Record<string, string>> = {
  connection: "client",
  redis: "client",
  uri: "client",
  url: "client",
};

/** Begins the keys of everything that is kept in Redis, unless told otherwise. */
const usualPrefix = "enode:";

/** @throws ConfigurationError for a prefix that is no text. */
export function prefixOf(prefix: string | undefined): string {
  if (prefix === undefined) return usualPrefix;
  if (typeof prefix === "string") return prefix;
  throw new ConfigurationError("prefix must be a string.", { parameter: "prefix" });
}
