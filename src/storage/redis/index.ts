/**
 * Tokens shared by way of Redis, and a guard that recognises copies of deliveries. For ioredis and node-redis.
 *
 * @module enode-sdk/storage/redis
 */
export type { IoredisClient, NodeRedisClient, RedisClient } from "./client.ts";
export { type RedisReplayGuardOptions, redisReplayGuard } from "./replay-guard.ts";
export { type RedisTokenStoreOptions, redisTokenStore } from "./token-store.ts";
