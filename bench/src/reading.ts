import type { Engine, Places } from "./engines.ts";
import { Fork } from "./fork.ts";
import type { ReadRound, ReadSample } from "./read-child.ts";
import type { Section } from "./report.ts";
import { ratios, show, summarize } from "./statistics.ts";

/** How often to read. */
export interface ReadPlan {
  /** Each heat has new processes. */
  heats: number;
  rounds: number;
  /** Reads in a round, by engine. */
  reads: Readonly<Record<Engine, number>>;
}

/** Time to read one device from the mirror. */
export async function measureReading(places: Places, plan: ReadPlan): Promise<Partial<Section>> {
  const found = new Map<Engine, ReadSample[]>();
  for (const engine of places.engines) {
    const samples: ReadSample[] = [];
    found.set(engine, samples);
    for (let heat = 0; heat < plan.heats; heat++) {
      const place = await places.next(engine);
      const child = await Fork.start("read-child.ts", [engine, place.name]);
      for (let round = 0; round <= plan.rounds; round++) {
        const command: ReadRound = { reads: plan.reads[engine], bareFirst: round % 2 === 0 };
        const sample = await child.ask<ReadSample>(command);
        // The first round is to warm up.
        if (round > 0) samples.push(sample);
      }
      child.stop();
    }
  }
  return {
    tables: [
      {
        caption: "One device of 10,000, read by its ID",
        head: ["", "bare query µs", "mirror µs", "of bare", "named, prepared query µs"],
        rows: [...found].map(([engine, samples]) => [
          engine,
          show(summarize(samples.map(({ bare }) => bare)), 1),
          show(summarize(samples.map(({ own }) => own)), 1),
          show(ratioOf(samples), 2),
          engine === "SQLite" ? "" : show(summarize(samples.map(({ prepared }) => prepared)), 1),
        ]),
      },
    ],
    goals: [...found].map(([engine, samples]) => ({
      what: `Time of \`mirror.devices.get(id)\` on ${engine}, of the bare query`,
      limit: "≤ 1.20",
      measured: show(ratioOf(samples), 2),
      met: ratioOf(samples).median <= 1.2,
    })),
    wrong: [...found.values()].flat().reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

function ratioOf(samples: readonly ReadSample[]) {
  return ratios(
    samples.map(({ own }) => own),
    samples.map(({ bare }) => bare),
  );
}
