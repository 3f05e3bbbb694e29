import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { postgresStorage } from "../../../../src/storage/postgres/index.ts";
import { long } from "../../../support/long.ts";
import { withPostgres } from "../../../support/services.ts";
import { killPostgres } from "../support/kill-database.ts";
import { bundleChild, KillHarness } from "../support/kill-harness.ts";
import { places, placesOfFailing } from "../support/kill-places.ts";

const kills = long(25, 4);
/** Two processes get news of one pair each, and the other one's in the next round. */
const pairs = [
  ["a", "b"],
  ["c", "d"],
] as const;

withPostgres("two processes on PostgreSQL", (postgres) => {
  const pool = postgres.pool();
  let folder = "";
  let program = "";
  let harness: KillHarness;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "enode-kill-child-"));
    program = await bundleChild(folder);
    await postgresStorage({ pool }).migrate();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  beforeEach(() => {
    harness = new KillHarness(program, killPostgres(postgres.url, pool));
  });
  afterEach(async () => {
    await harness.close();
    await pool.query("DELETE FROM enode_events; DELETE FROM enode_deliveries");
  });

  describe.each(places)("one of them killed %s", (name, pointOf) => {
    it(`${kills} times lose nothing and keep the order of each device`, async () => {
      const survivor = await harness.start();
      harness.work(survivor);
      for (let n = 0; n < kills; n++) {
        const point = pointOf(n);
        // Not past any lease, so that both are at work at the same time.
        const victim = await harness.start(point, false);
        const [[a, b], [c, d]] = n % 2 === 0 ? pairs : [pairs[1], pairs[0]];
        await Promise.all([
          harness.deliver(victim, [a, b, a, b]),
          harness.deliver(survivor, [c, d, c]),
        ]);
        if (point.name !== "append") {
          harness.work(victim);
          // The other one may be the faster one, but it polls for more only when it was done with some.
          while (!victim.has("reached")) await harness.deliver(victim, [a, b]);
        }
        await victim.next("reached");
        // More about the devices that the victim may hold, and about one that it does not.
        await harness.deliver(survivor, [a, b, "free"]);
        const last = harness.delivered.get("free")?.at(-1);
        await survivor.until(() => harness.handlings().some(({ text }) => text === last));
        expect(await victim.kill()).toBe("SIGKILL");
        await harness.drain(survivor);
      }

      // All of them, each device in its order: an event was not handled before an earlier one had been.
      expect(harness.firstHandlings()).toEqual(harness.delivered);
      const pids = new Set(harness.handlings().map(({ pid }) => pid));
      expect(pids.size).toBeGreaterThan(1);
      const doubles = harness.doubles();
      process.stdout.write(
        `${kills} kills of one of two ${name}: ${doubles} of ${harness.handlings().length} handlings were repeats\n`,
      );
    });
  });

  describe.each(placesOfFailing)(
    "one whose handlers fail at first, killed %s,",
    (_, pointOf, circuit) => {
      it("loses nothing and keeps the order of each device", async () => {
        const failing = new KillHarness(program, killPostgres(postgres.url, pool), 5);
        const rounds = long(20, 3);
        try {
          const circuits = await failing.killInTurn(rounds, pointOf, ["a", "b", "a", "c", "d"]);
          expect(circuits).toEqual(Array(rounds).fill(circuit));
          expect(failing.firstHandlings()).toEqual(failing.delivered);
        } finally {
          await failing.close();
        }
      });
    },
  );
});
