import { ConfigurationError } from "../../errors/index.ts";
import type { KnownNames } from "../../shared/known-names.ts";
import type { StoredToken, TokenStore } from "../contracts/index.ts";
import { checkedTokenStore } from "../shared/checked-stores.ts";
import { checkNow, checkOptions } from "../shared/options.ts";
import { clientAliases, prefixOf, type RedisClient, scriptsOf } from "./client.ts";

/** How {@link redisTokenStore} works. */
export interface RedisTokenStoreOptions {
  /** The host's own client. */
  client: RedisClient;
  /** Begins every key. Default `enode:`. */
  prefix?: string | undefined;
  /** The time, in ms since the epoch, for tests. Default: the clock of Redis. */
  now?: (() => number) | undefined;
}

const known: KnownNames<RedisTokenStoreOptions> = { client: true, prefix: true, now: true };

/**
 * For how long tokens and leases are kept beyond their end, in ms. What has ended is told by the time beside it;
 * this is for hosts whose clocks are behind, and so that whoever saw a token can still compare with it.
 */
const grace = 60_000;

/** The time by which everything is judged: what the host said, or that of Redis. */
const clock = `
  local at = tonumber(ARGV[1])
  if not at then
    local time = redis.call("TIME")
    at = time[1] * 1000 + math.floor(time[2] / 1000)
  end`;

/** Redis takes no end of time, and no fractions. Lua would write large numbers with an exponent. */
const expire = `
  redis.call("PEXPIRE", KEYS[1], string.format("%.0f", math.min(left + ${grace}, 2 ^ 53)))`;

const read = `return redis.call("HMGET", KEYS[1], "token", "expiresAt")`;

const write = `${clock}
  local current = redis.call("HGET", KEYS[1], "token")
  if ARGV[2] == "if none" and current then return 0 end
  if ARGV[2] == "if same" and current ~= ARGV[3] then return 0 end
  local left = math.max(tonumber(ARGV[5]) - at, 0)
  redis.call("HSET", KEYS[1], "token", ARGV[4], "expiresAt", ARGV[5])
  ${expire}
  return 1`;

const remove = `return redis.call("DEL", KEYS[1])`;

const take = `${clock}
  local held = redis.call("HGET", KEYS[1], "endsAt")
  if held and tonumber(held) > at then return 0 end
  local left = tonumber(ARGV[3])
  redis.call("HSET", KEYS[1], "holder", ARGV[2], "endsAt", string.format("%.3f", at + left))
  ${expire}
  return 1`;

const giveBack = `
  if redis.call("HGET", KEYS[1], "holder") == ARGV[1] then redis.call("DEL", KEYS[1]) end
  return 1`;

/**
 * Keeps access tokens in Redis (5 or later, or a server that is compatible with it), so that all processes share
 * them. A token leaves Redis a minute after its end. The client stays yours: connect it and close it yourself. Where
 * nobody listens for the errors of a client of node-redis, a listener that ignores them is added, or a connection
 * that breaks would end the process; add one of your own to hear of them. While 50 commands have had no answer for
 * more than 5 s, further ones are refused at once, so that they do not pile up in the client.
 *
 * Wrap it in `encryptedTokenStore`, so that whoever reads Redis cannot use the tokens.
 *
 * @throws ConfigurationError for a client of another library, or an option that does not exist or cannot work.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { redisTokenStore } from "enode-sdk/storage/redis";
 * import { Redis } from "ioredis"; // or { createClient } of redis
 *
 * const client = new Redis(process.env["REDIS_URL"] ?? "redis://127.0.0.1:6379");
 * const enode = Enode.fromEnv({ tokenStore: redisTokenStore({ client }) });
 * ```
 */
export function redisTokenStore(options: RedisTokenStoreOptions): TokenStore {
  checkOptions("redisTokenStore", options, known, clientAliases);
  const { client, now } = options;
  const run = scriptsOf(client);
  const prefix = prefixOf(options.prefix);
  checkNow(now);
  const time = () => (now ? String(now()) : "");
  const tokenKey = (key: string) => `${prefix}token:${textOf(key)}`;
  const leaseKey = (key: string) => `${prefix}lease:${textOf(key)}`;

  return checkedTokenStore({
    async get(key) {
      return toToken(await run(read, tokenKey(key)));
    },

    async set(key, token, { expiresAt, ifUnchanged }) {
      if (Number.isNaN(expiresAt)) {
        throw new ConfigurationError("expiresAt must be in ms since the epoch.", {
          code: "invalid_argument",
          parameter: "expiresAt",
        });
      }
      const condition =
        ifUnchanged === undefined ? "always" : ifUnchanged === null ? "if none" : "if same";
      const args = [time(), condition, ifUnchanged ?? "", token, String(expiresAt)];
      return Number(await run(write, tokenKey(key), ...args)) === 1;
    },

    async delete(key) {
      await run(remove, tokenKey(key));
    },

    async lease(key, ttl) {
      const holder = crypto.randomUUID();
      const taken = await run(take, leaseKey(key), time(), holder, String(ttl));
      if (Number(taken) !== 1) return undefined;
      return {
        async release() {
          await run(giveBack, leaseKey(key), holder);
        },
      };
    },
  });
}

function toToken(reply: unknown): StoredToken | undefined {
  const [token, expiresAt] = Array.isArray(reply) ? reply : [];
  if (token === undefined || token === null) return undefined;
  // Clients can be told to give Buffers, of which this makes text.
  return { token: String(token), expiresAt: Number(expiresAt) };
}

/** As JSON has it, in which no two keys are the same: lone surrogates would be lost on the way to Redis. */
function textOf(key: string): string {
  return JSON.stringify(key).slice(1, -1);
}
