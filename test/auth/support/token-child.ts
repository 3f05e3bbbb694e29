// Run as a process of its own: it shares its tokens through a store. Its clock is ahead by a given time.
import { flushCompileCache } from "node:module";
import { Enode } from "../../../src/enode.ts";
import type { Storage, TokenStore } from "../../../src/storage/contracts/index.ts";
import type { ChildMessage, ChildOptions, ParentMessage } from "./token-protocol.ts";

const { engine, leaseRate, ...options }: ChildOptions = JSON.parse(process.argv[2] ?? "");
let ahead = 0;
const now = Date.now;
Date.now = () => now() + ahead;

const inner = await openStore();
const tokenStore: TokenStore = {
  ...inner,
  lease: async (key, ttl) => inner.lease?.(key, ttl * leaseRate),
};
const enode = new Enode({
  clientId: "client-1",
  clientSecret: "secret-1",
  environment: "sandbox",
  ...options,
  tokenStore,
  // A machine on which much runs is slow.
  timeout: 60_000,
  deadline: 60_000,
  hooks: {
    onTokenRefresh: ({ source, background }) => tell({ refreshed: { source, background } }),
    onError: ({ error }) => tell({ failed: `${error.code}: ${error.message}` }),
  },
});

process.on("message", async (message: ParentMessage) => {
  ahead = message.ahead;
  await enode.request("getUser", { path: { userId: String(process.pid) } });
  tell({ done: true });
});
// It is killed, and would leave its compiled sources to nobody.
flushCompileCache();
tell({ ready: true });

async function openStore(): Promise<TokenStore> {
  if (engine.name === "sqlite") {
    const { sqliteStorage } = await import("../../../src/storage/sqlite/index.ts");
    return sqliteStorage({ path: engine.path }).tokenStore;
  }
  if (engine.name === "postgres") {
    const { Pool } = (await import("pg")).default;
    const { postgresStorage } = await import("../../../src/storage/postgres/index.ts");
    const storage: Storage = postgresStorage({
      pool: new Pool({ connectionString: engine.url, max: 2 }),
      schema: engine.schema,
    });
    if (storage.tokenStore) return storage.tokenStore;
    throw new Error("PostgreSQL keeps tokens.");
  }
  const { Redis } = await import("ioredis");
  const { redisTokenStore } = await import("../../../src/storage/redis/index.ts");
  return redisTokenStore({ client: new Redis(engine.url), prefix: engine.prefix });
}

function tell(message: ChildMessage): void {
  process.send?.(message);
}
