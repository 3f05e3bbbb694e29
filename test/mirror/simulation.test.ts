import fc from "fast-check";
import { beforeAll, describe, it, vi } from "vitest";
import { memoryStorage } from "../../src/storage/index.ts";
import { sqliteStorage } from "../../src/storage/sqlite/index.ts";
import { long } from "../support/long.ts";
import { Simulation, type Stores } from "./support/simulation.ts";
import { type Scenario, scenario } from "./support/simulation-steps.ts";
import "../support/lazy-modules.ts";

/** Decides on all scenarios: the same seed gives the same ones. */
const seed = Number(process.env["SIMULATION_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env["SIMULATION_RUNS"] ?? long(1_000, 50));
/** When the clock of a sandbox that stands still begins. */
const begin = Date.UTC(2025, 0, 6, 8);

beforeAll(() => {
  process.stdout.write(`The scenarios of this run: SIMULATION_SEED=${seed}\n`);
});

async function play(what: Scenario, stores: Stores): Promise<void> {
  // Timers stay as they are: nothing in a simulation waits for one.
  vi.useFakeTimers({ now: begin + what.skew * 1_000, toFake: ["Date", "performance"] });
  vi.spyOn(Math, "random").mockReturnValue((what.seed % 1_000) / 1_000);
  try {
    await new Simulation(what, stores).run(what);
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
  }
}

// A failure takes as long again to find the smallest scenario that fails, or only its time-out would be reported.
describe("a mirror in the storm", { timeout: 600_000 }, () => {
  it("equals Enode once it was reconciled, and never goes back", async () => {
    const property = fc.asyncProperty(scenario, (what) => play(what, memoryStorage()));
    await fc.assert(property, { seed, numRuns: runs });
  });

  it("does so in SQLite too", async () => {
    const property = fc.asyncProperty(scenario, async (what) => {
      const storage = sqliteStorage({ path: ":memory:" });
      try {
        await play(what, storage);
      } finally {
        storage.close();
      }
    });
    await fc.assert(property, { seed, numRuns: Math.ceil(runs / 10) });
  });
});
