import { Redis } from "ioredis";
import { createClient } from "redis";
import { afterAll, beforeAll } from "vitest";
import type { RedisClient } from "../../../src/storage/redis/index.ts";

/** The libraries that are supported. */
export const libraries = ["ioredis", "node-redis"] as const;
export type Library = (typeof libraries)[number];

/** Connections that are there from the first test of a `describe` to the last. */
export interface RedisConnections {
  /** Of the library that is tested. */
  readonly client: RedisClient;
  /** To look behind the scenes. */
  readonly raw: Redis;
}

/** Call it in a `describe`. */
export function useRedis(url: string, library: Library): () => RedisConnections {
  const close: (() => Promise<unknown>)[] = [];
  let connections: RedisConnections | undefined;

  beforeAll(async () => {
    const raw = new Redis(url);
    close.push(() => raw.quit());
    if (library === "ioredis") {
      connections = { raw, client: raw };
      return;
    }
    const client = createClient({ url });
    close.push(() => client.close());
    connections = { raw, client: await client.connect() };
  });
  afterAll(() => Promise.all(close.map((end) => end())));

  return () => {
    if (connections) return connections;
    throw new Error("There is no connection to Redis before the first test.");
  };
}
