// Runs the cases that prove a store right against a database, with the client that is installed: pg, ioredis or redis.
import { randomUUID } from "node:crypto";
import * as kit from "enode-sdk/storage/conformance";

const [library, url] = process.argv.slice(2);
const failures = [];
let count = 0;

async function runAll(cases, makeStore) {
  for (const { name, run } of cases) {
    count += 1;
    await run(makeStore).catch((error) => failures.push(`${name}: ${error.message}`));
  }
}

async function postgres() {
  const { default: pg } = await import("pg");
  const { postgresStorage } = await import("enode-sdk/storage/postgres");
  const schema = `enode_matrix_${randomUUID().replaceAll("-", "")}`;
  const pool = new pg.Pool({
    connectionString: url,
    options: `-c search_path=${schema}`,
    max: 10,
  });
  await pool.query(`CREATE SCHEMA ${schema}`);
  try {
    await postgresStorage({ pool }).migrate();
    const tables = "events deliveries tokens token_leases users records activity".split(" ");
    const clean = tables.map((table) => `DELETE FROM enode_${table};`).join("");
    const make =
      (member) =>
      async ({ now }) => {
        await pool.query(clean);
        return postgresStorage({ pool, now })[member];
      };
    await runAll(kit.tokenStoreCases, make("tokenStore"));
    await runAll(kit.userStoreCases, make("userStore"));
    await runAll(kit.deviceStoreCases, make("deviceStore"));
    await runAll(kit.eventStoreCases, make("eventStore"));
  } finally {
    await pool.query(`DROP SCHEMA ${schema} CASCADE`);
    await pool.end();
  }
}

async function redis() {
  const { redisTokenStore } = await import("enode-sdk/storage/redis");
  const prefix = `enode-matrix-${randomUUID()}:`;
  let client;
  let end;
  if (library === "ioredis") {
    const { Redis } = await import("ioredis").then((module) => ({
      Redis: module.Redis ?? module.default,
    }));
    client = new Redis(url);
    end = () => client.disconnect();
  } else {
    const { createClient } = await import("redis");
    client = createClient({ url });
    await client.connect();
    // Version 5 gave it another name.
    end = () => (client.destroy ? client.destroy() : client.disconnect());
  }
  let stores = 0;
  await runAll(kit.tokenStoreCases, ({ now }) => {
    stores += 1;
    return redisTokenStore({ client, prefix: `${prefix}${stores}:`, now });
  });
  await end();
}

await (library === "pg" ? postgres() : redis());
if (failures.length > 0) throw new Error(failures.join("\n"));
console.log(`${count} cases passed`);
