import { DatabaseSync } from "node:sqlite";
import type pg from "pg";
import type { ChildOptions } from "./kill-protocol.ts";

/** Where the processes keep their events. */
export interface KillDatabase {
  readonly address: ChildOptions["database"];
  /** How many events there are that were not completed. */
  countEvents(): Promise<number>;
}

const count = "SELECT count(*) AS left FROM enode_events";

export function killSqlite(path: string): KillDatabase {
  return {
    address: { sqlite: path },
    async countEvents() {
      const database = new DatabaseSync(path);
      try {
        return Number(database.prepare(count).get()?.["left"]);
      } finally {
        database.close();
      }
    },
  };
}

/** Its tables are there already. */
export function killPostgres(url: string, pool: pg.Pool): KillDatabase {
  return {
    address: { postgres: url },
    async countEvents() {
      const { rows } = await pool.query(count);
      return Number(rows[0].left);
    },
  };
}
