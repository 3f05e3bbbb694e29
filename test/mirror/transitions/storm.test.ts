import fc from "fast-check";
import { beforeAll, describe, it, vi } from "vitest";
import { memoryStorage } from "../../../src/storage/index.ts";
import { sqliteStorage } from "../../../src/storage/sqlite/index.ts";
import { long } from "../../support/long.ts";
import { Storm, type StormScenario, storms } from "./support/storm.ts";
import "../../support/lazy-modules.ts";

/** Decides on all scenarios: the same seed gives the same ones. */
const seed = Number(process.env["STORM_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env["STORM_RUNS"] ?? long(500, 15));
/** When the clock of a sandbox that stands still begins. */
const begin = Date.UTC(2025, 0, 6, 8);

beforeAll(() => {
  process.stdout.write(`The storms of this run: STORM_SEED=${seed}\n`);
});

/** An arrival that is to be told when a store fails, and that a reconciliation overtakes. */
const overtaken: StormScenario = {
  seed: 0,
  hasHome: false,
  fates: [],
  steps: [
    { do: "break", by: 0, after: 14, dies: false, isDone: false },
    { do: "work", by: 0 },
    { do: "work", by: 0 },
    { do: "move", device: 7, home: true },
    { do: "drive", device: 1, level: 5 },
    { do: "work", by: 0 },
    { do: "reconcile", by: 0 },
  ],
  pace: 1_000,
};

type Stores = ConstructorParameters<typeof Storm>[1];

async function play(what: StormScenario, stores: Stores): Promise<void> {
  // Timers stay as they are: nothing here waits for one.
  vi.useFakeTimers({ now: begin, toFake: ["Date", "performance"] });
  vi.spyOn(Math, "random").mockReturnValue((what.seed % 1_000) / 1_000);
  try {
    await new Storm(what, stores).run(what);
  } finally {
    vi.useRealTimers();
    vi.restoreAllMocks();
  }
}

// A failure takes as long again to find the smallest scenario that fails.
describe("the transitions of a storm", { timeout: long(3_600_000, 600_000) }, () => {
  it("are told once each, by two processes that fail and die, and none is invented", async () => {
    const property = fc.asyncProperty(storms, (what) => play(what, memoryStorage()));
    await fc.assert(property, { seed, numRuns: runs, examples: [[overtaken]] });
  });

  it("are so in SQLite too", async () => {
    const property = fc.asyncProperty(storms, async (what) => {
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
