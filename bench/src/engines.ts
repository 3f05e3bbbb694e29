import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

export const engines = ["SQLite", "PostgreSQL"] as const;
export type Engine = (typeof engines)[number];

/** Where PostgreSQL is. */
const url: string =
  process.env["ENODE_BENCH_POSTGRES_URL"] ?? "postgres://postgres@127.0.0.1:5432/test";

/** A place for the data of one contestant, of which nothing is left afterwards. */
export interface Place {
  engine: Engine;
  /** Path of the file, or name of the schema. */
  name: string;
}

/** Has a place made for each use, and clears all of them away at the end. */
export class Places {
  readonly #folder: string;
  readonly #schemas = new Set<string>();
  /** The engines that are there. */
  readonly engines: readonly Engine[];
  #made = 0;

  private constructor(folder: string, engines: readonly Engine[]) {
    this.#folder = folder;
    this.engines = engines;
  }

  static async make(): Promise<Places> {
    const folder = await mkdtemp(join(tmpdir(), "enode-sdk-bench-"));
    return new Places(folder, (await isPostgresThere()) ? engines : ["SQLite"]);
  }

  /** A new place with nothing in it. */
  async next(engine: Engine): Promise<Place> {
    const name = `enode_bench_${process.pid}_${this.#made++}`;
    if (engine === "SQLite") return { engine, name: join(this.#folder, `${name}.db`) };
    await runOnPostgres(`CREATE SCHEMA "${name}"`);
    this.#schemas.add(name);
    return { engine, name };
  }

  /** Clears a place away before the end, as there is a lot in it. */
  async clear({ engine, name }: Place): Promise<void> {
    if (engine === "PostgreSQL") return this.#drop(name);
    for (const end of ["", "-wal", "-shm"]) await rm(`${name}${end}`, { force: true });
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true });
    for (const name of this.#schemas) await this.#drop(name);
  }

  async #drop(name: string): Promise<void> {
    await runOnPostgres(`DROP SCHEMA "${name}" CASCADE`);
    this.#schemas.delete(name);
  }
}

/** A pool as an app would have one. */
export function makePool(): pg.Pool {
  return new pg.Pool({ connectionString: url });
}

async function isPostgresThere(): Promise<boolean> {
  try {
    await runOnPostgres("SELECT 1");
    return true;
  } catch {
    return false;
  }
}

async function runOnPostgres(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // A connection that breaks later rejects the query; without a listener it would end the process too.
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
