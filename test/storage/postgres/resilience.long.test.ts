import { setTimeout } from "node:timers/promises";
import pg from "pg";
import { expect, it } from "vitest";
import { postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withOwnPostgres } from "../../support/services.ts";
import { Fleet } from "../support/fleet.ts";
import { SilentProxy } from "../support/silent-proxy.ts";

withOwnPostgres("a PostgreSQL that does not answer for a minute", (server) => {
  const outage = 60_000;

  async function survive(
    schema: string,
    url: string,
    begin: () => Promise<() => void>,
  ): Promise<void> {
    const pools = [0, 1].map(() => new pg.Pool({ connectionString: url }));
    await postgresStorage({ pool: pools[0] ?? new pg.Pool(), schema }).migrate();
    const fleet = new Fleet(pools, schema, ["a", "b", "c"]);
    for (let round = 0; round < 5; round++) expect(await fleet.deliver()).toBe(true);
    await fleet.drain(30_000);

    const end = await begin();
    const until = performance.now() + outage;
    let waiting = 0;
    while (performance.now() < until) {
      await Promise.all([fleet.deliver(), setTimeout(100)]);
      for (const pool of pools) waiting = Math.max(waiting, pool.waitingCount);
    }
    expect(fleet.refused).toBeGreaterThan(0);
    // No more than the pool has connections.
    expect(waiting).toBeLessThanOrEqual(10);

    end();
    const ended = performance.now();
    while (!(await fleet.deliver())) await setTimeout(50);
    // All that was kept, in order; what a lost claim holds comes back with its lease.
    await fleet.drain(30_000);
    process.stdout.write(
      `recovered ${Math.round(performance.now() - ended)} ms after the outage, ${fleet.refused} deliveries refused\n`,
    );
    await fleet.stop();
    await Promise.all(pools.map((pool) => pool.end()));
  }

  it("serves again by itself when it was stopped and goes on", async () => {
    await survive("stopped", server().url, () => server().freeze());
  });

  it("serves again by itself when it was cut off in silence", async () => {
    const { proxy, url } = await SilentProxy.to(server().url);
    await survive("cut_off", url, async () => {
      proxy.silence({ newOnes: true });
      return () => proxy.heal();
    });
    await proxy.close();
  });

  it("serves again during the cut, when only the connections of that time are silent", async () => {
    const { proxy, url } = await SilentProxy.to(server().url);
    await survive("forgotten", url, async () => {
      proxy.silence({ newOnes: false });
      return () => undefined;
    });
    await proxy.close();
  });
});
