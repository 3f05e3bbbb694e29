import { ConfigurationError } from "../../errors/index.ts";
import type { KnownNames } from "../../shared/known-names.ts";
import type { ReplayGuard } from "../contracts/replay-guard.ts";
import { checkOptions } from "../shared/options.ts";
import { clientAliases, prefixOf, type RedisClient, scriptsOf } from "./client.ts";

/** How {@link redisReplayGuard} works. */
export interface RedisReplayGuardOptions {
  /** The host's own client. */
  client: RedisClient;
  /** Begins every key. Default `enode:`. */
  prefix?: string | undefined;
  /** For how long a delivery is recognised, in ms. Default 25 hours: Enode repeats deliveries for 24. */
  ttl?: number | undefined;
}

const known: KnownNames<RedisReplayGuardOptions> = { client: true, prefix: true, ttl: true };

const usualTtl = 25 * 3_600_000;
/**
 * For how long a delivery may be under way to the host, in ms. A receiver waits for no more than 4 s; what takes
 * longer may still succeed after that, and should not be handed over again in the meantime.
 */
const claimTime = 30_000;

const claim = `
  if redis.call("SET", KEYS[1], ARGV[1], "NX", "PX", ARGV[2]) then return "claimed" end
  if redis.call("GET", KEYS[1]) == "confirmed" then return "duplicate" end
  return "busy"`;

/** Whoever holds the claim by now: it has been handed over. */
const confirm = `return redis.call("SET", KEYS[1], "confirmed", "PX", ARGV[1])`;

const release = `
  if redis.call("GET", KEYS[1]) == ARGV[1] then redis.call("DEL", KEYS[1]) end
  return 1`;

/**
 * Recognises copies of a delivery in Redis, for all processes. A claim that is neither confirmed nor given back
 * ends after 30 s.
 *
 * Redis must not evict its keys, and forgets what it had not yet written when it crashes: then a copy is taken
 * for a new delivery.
 *
 * @throws ConfigurationError for a client of another library, a `ttl` that is no whole number above 0, or an option
 * that does not exist.
 *
 * @example
 * ```ts
 * import { deliverySink } from "enode-sdk/storage";
 * import { redisReplayGuard } from "enode-sdk/storage/redis";
 * import { WebhookReceiver } from "enode-sdk/webhooks";
 * import { Redis } from "ioredis"; // or { createClient } of redis
 *
 * declare function publish(message: string): Promise<void>; // to a queue of yours
 *
 * const replayGuard = redisReplayGuard({ client: new Redis() });
 * const store = deliverySink((delivery) => publish(JSON.stringify(delivery)), { replayGuard });
 * const secret = process.env["ENODE_WEBHOOK_SECRET"] ?? "";
 * const receiver = new WebhookReceiver({ secret, store });
 * ```
 */
export function redisReplayGuard(options: RedisReplayGuardOptions): ReplayGuard {
  checkOptions("redisReplayGuard", options, known, clientAliases);
  const { client, ttl = usualTtl } = options;
  const run = scriptsOf(client);
  const prefix = prefixOf(options.prefix);
  if (!Number.isSafeInteger(ttl) || ttl < 1) {
    throw new ConfigurationError("ttl must be a whole number of ms above 0.", { parameter: "ttl" });
  }
  return {
    async claim(namespace, digest) {
      // As JSON, in which no two pairs are the same.
      const key = `${prefix}replay:${JSON.stringify([namespace, digest])}`;
      const holder = crypto.randomUUID();
      const outcome = String(await run(claim, key, holder, String(claimTime)));
      if (outcome === "duplicate" || outcome === "busy") return outcome;
      return {
        async confirm() {
          await run(confirm, key, String(ttl));
        },
        async release() {
          await run(release, key, holder);
        },
      };
    },
  };
}
