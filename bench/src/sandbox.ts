import { Fork } from "./fork.ts";
import type { Section } from "./report.ts";
import type { SandboxSample } from "./sandbox-child.ts";
import { ratios, show, summarize } from "./statistics.ts";

export interface SandboxPlan {
  vehicles: number;
  rounds: number;
  pages: number;
}

/** What the sandbox takes for what tests do most: reading pages, and letting time pass. */
export async function measureSandbox({ vehicles, rounds, pages }: SandboxPlan): Promise<Section> {
  const child = await Fork.start("sandbox-child.ts", [`${vehicles}`]);
  const samples: SandboxSample[] = [];
  // The first one warms up.
  for (let round = 0; round <= rounds; round++) {
    const sample = await child.ask<SandboxSample>({ pages });
    if (round > 0) samples.push(sample);
  }
  child.stop();
  const page = samples.map((sample) => sample.page / 1_000);
  const json = samples.map((sample) => sample.json / 1_000);
  const advance = samples.map((sample) => sample.advance / 1_000);
  return {
    title: "The sandbox",
    about: `ms of CPU in one process, without a network. A page of 100 of ${vehicles.toLocaleString("en")} vehicles is compared with writing and reading its JSON, which any server and client do; 8 h pass for 600 vehicles, which are all read afterwards.`,
    tables: [
      {
        caption: "",
        head: ["", "ms of CPU", "of the JSON alone"],
        rows: [
          ["A page of 100", show(summarize(page), 2), show(ratios(page, json), 2)],
          ["The JSON of a page of 100", show(summarize(json), 2), "1"],
          ["Advance by 8 h", show(summarize(advance), 1), ""],
        ],
      },
    ],
    goals: [],
    wrong: samples.reduce((sum, { wrong }) => sum + wrong, 0),
  };
}
