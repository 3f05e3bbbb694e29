import type { Applied, Applier, ApplyCommand } from "./apply-child.ts";
import type { Engine, Places } from "./engines.ts";
import { eventsEach } from "./fleet.ts";
import { Fork } from "./fork.ts";
import type { Section } from "./report.ts";
import { ratios, show, summarize } from "./statistics.ts";

const appliers = ["by hand", "enode-sdk"] as const;

/** Of what the loop by hand does. */
const least: Readonly<Record<Engine, number>> = { SQLite: 1, PostgreSQL: 2.4 };

/** How often to have events kept and applied. */
export interface ApplyPlan {
  /** Each heat has new processes and new tables. */
  heats: number;
  rounds: number;
  /** Deliveries in a round. */
  deliveries: number;
}

type Speeds = Record<Applier, number[]>;

/** Events that are kept and applied in a second. */
export async function measureApplying(places: Places, plan: ApplyPlan): Promise<Partial<Section>> {
  const found = new Map<Engine, Speeds>();
  let wrong = 0;
  for (const engine of places.engines) {
    const speeds: Speeds = { "by hand": [], "enode-sdk": [] };
    found.set(engine, speeds);
    for (let heat = 0; heat < plan.heats; heat++) {
      wrong += await measureHeat(places, engine, plan, speeds);
    }
  }
  return {
    tables: [
      {
        caption: `Events in deliveries of ${eventsEach}, kept and applied`,
        head: ["", "by hand, events/s", "enode-sdk, events/s", "of by hand"],
        rows: [...found].map(([engine, speeds]) => [
          engine,
          ...appliers.map((name) => show(summarize(speeds[name]), 0)),
          show(ratioOf(speeds), 2),
        ]),
      },
    ],
    goals: [...found].map(([engine, speeds]) => ({
      what: `Events/s kept and applied on ${engine}, of a hand-written INSERT … ON CONFLICT loop`,
      limit: `≥ ${least[engine].toFixed(2)}`,
      measured: show(ratioOf(speeds), 2),
      met: ratioOf(speeds).median >= least[engine],
    })),
    wrong,
  };
}

async function measureHeat(
  places: Places,
  engine: Engine,
  { rounds, deliveries }: ApplyPlan,
  speeds: Speeds,
): Promise<number> {
  let wrong = 0;
  const start = async (name: Applier) => {
    const place = await places.next(engine);
    return Fork.start("apply-child.ts", [name, engine, place.name]);
  };
  const children = { "by hand": await start("by hand"), "enode-sdk": await start("enode-sdk") };
  const ask = async (name: Applier, command: ApplyCommand) => {
    const applied = await children[name].ask<Applied>(command);
    wrong += applied.wrong;
    return applied;
  };
  // The first round is to warm up: all vehicles are new in it.
  for (let round = 0; round <= rounds; round++) {
    const command = { from: round * deliveries, deliveries };
    for (const name of round % 2 === 0 ? appliers : appliers.toReversed()) {
      const { milliseconds } = await ask(name, command);
      if (round > 0) speeds[name].push((deliveries * eventsEach * 1_000) / milliseconds);
    }
  }
  for (const name of appliers) {
    await ask(name, { from: (rounds + 1) * deliveries, deliveries: 0 });
    children[name].stop();
  }
  return wrong;
}

function ratioOf(speeds: Speeds) {
  return ratios(speeds["enode-sdk"], speeds["by hand"]);
}
