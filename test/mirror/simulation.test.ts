import fc from "fast-check";
import { afterEach, describe, it, vi } from "vitest";
import { memoryStorage } from "../../src/storage/index.ts";
import { Simulation, type Stores } from "./support/simulation.ts";
import { type Scenario, scenario } from "./support/simulation-steps.ts";

/** Decides on all scenarios: the same seed gives the same ones. */
const seed = Number(process.env["SIMULATION_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env["SIMULATION_RUNS"] ?? 1_000);
/** When the clock of a sandbox that stands still begins. */
const begin = Date.UTC(2025, 0, 6, 8);

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

async function play(what: Scenario, stores: () => Stores): Promise<void> {
  // Timers stay as they are: nothing in a simulation waits for one.
  vi.useFakeTimers({ now: begin + what.skew * 1_000, toFake: ["Date", "performance"] });
  vi.spyOn(Math, "random").mockReturnValue((what.seed % 1_000) / 1_000);
  try {
    await new Simulation(what, stores()).run(what);
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
  }
}

describe("a mirror in the storm", () => {
  it(`equals Enode once it was reconciled, and never goes back (SIMULATION_SEED=${seed})`, async () => {
    await fc.assert(
      fc.asyncProperty(scenario, (what) => play(what, memoryStorage)),
      { seed, numRuns: runs },
    );
  });
});
