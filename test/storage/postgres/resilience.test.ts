import { setTimeout } from "node:timers/promises";
import pg from "pg";
import { expect, it } from "vitest";
import { postgresStorage } from "../../../src/storage/postgres/index.ts";
import { long } from "../../support/long.ts";
import { withOwnPostgres } from "../../support/services.ts";
import { Fleet } from "../support/fleet.ts";

const kills = long(5, 1);

withOwnPostgres("a PostgreSQL that is killed and started again", (server) => {
  it.each([10, 1])(
    "loses nothing, and workers with pools of %s go on by themselves",
    async (max) => {
      const open = () => new pg.Pool({ connectionString: server().url, max });
      const pools = [open(), open()];
      // Nobody listens for errors but the storage: an unhandled one would fail the run.
      const schema = `pools_of_${max}`;
      const storages = pools.map((pool) => postgresStorage({ pool, schema }));
      await storages[0]?.migrate();
      const fleet = new Fleet(pools, schema, ["a", "b", "c"]);
      for (let n = 0; n < kills; n++) {
        for (let round = 0; round < 5; round++) expect(await fleet.deliver()).toBe(true);
        const killed = server().kill();
        // In the middle of whatever the workers ask for.
        for (let round = 0; round < 3; round++) await fleet.deliver();
        await killed;
        await server().restart();
        while (!(await fleet.deliver())) await setTimeout(20);
        await fleet.drain(60_000);
      }
      await fleet.stop();
      await Promise.all(pools.map((pool) => pool.end()));
    },
  );
});
