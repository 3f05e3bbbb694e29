import { type Engine, engines, Places } from "./engines.ts";
import { Fork } from "./fork.ts";
import type { AppendCommand, Appended, Appender } from "./history-append-child.ts";
import type { Section } from "./report.ts";
import { ratios, show, summarize } from "./statistics.ts";

const appenders = ["by hand", "enode-sdk"] as const;

/** How much to keep. */
export interface HistoryPlan {
  devices: number;
  /** Readings of each device. */
  rounds: number;
}

/** Keeping readings, rolling them up and reading them, on each engine that is there. */
export async function measureHistory(plan: HistoryPlan): Promise<Section> {
  const places = await Places.make();
  try {
    const parts: Partial<Section>[] = [await measureAppending(places, plan)];
    const missing = engines.filter((engine) => !places.engines.includes(engine));
    return {
      title: "History",
      about: about.concat(missing.map((engine) => ` There was no ${engine}.`).join("")),
      tables: parts.flatMap(({ tables = [] }) => tables),
      goals: parts.flatMap(({ goals = [] }) => goals),
      wrong: parts.reduce((sum, { wrong = 0 }) => sum + wrong, 0),
    };
  } finally {
    await places.remove();
  }
}

interface Found {
  /** Readings in a second, round by round. */
  readonly speeds: Record<Appender, number[]>;
  readonly bytes: Record<Appender, number>;
}

async function measureAppending(places: Places, plan: HistoryPlan): Promise<Partial<Section>> {
  const found = new Map<Engine, Found>();
  let wrong = 0;
  for (const engine of places.engines) {
    const { samples, isWrong } = await appendAll(places, engine, plan);
    found.set(engine, samples);
    wrong += isWrong;
  }
  const points = plan.devices * plan.rounds;
  const sizeOf = ({ bytes }: Found) => bytes["enode-sdk"] / bytes["by hand"];
  const speedOf = ({ speeds }: Found) => ratios(speeds["enode-sdk"], speeds["by hand"]);
  return {
    tables: [
      {
        caption: `${points.toLocaleString("en")} readings of ${plan.devices.toLocaleString("en")} devices, appended 1,000 at a time`,
        head: [
          ...["", "by hand, readings/s", "enode-sdk, readings/s", "of by hand"],
          ...["by hand, bytes a reading", "enode-sdk, bytes a reading", "of by hand"],
        ],
        rows: [...found].map(([engine, samples]) => [
          engine,
          ...appenders.map((name) => show(summarize(samples.speeds[name]), 0)),
          show(speedOf(samples), 2),
          ...appenders.map((name) => (samples.bytes[name] / points).toFixed(0)),
          sizeOf(samples).toFixed(2),
        ]),
      },
    ],
    goals: [...found].flatMap(([engine, samples]) => [
      {
        what: `Readings/s appended on ${engine}, of a hand-written multi-row insert`,
        limit: "≥ 0.70",
        measured: show(speedOf(samples), 2),
        met: speedOf(samples).median >= 0.7,
      },
      {
        what: `Bytes a reading takes on ${engine}, of the bare table`,
        limit: "≤ 1.30",
        measured: sizeOf(samples).toFixed(2),
        met: sizeOf(samples) <= 1.3,
      },
    ]),
    wrong,
  };
}

async function appendAll(
  places: Places,
  engine: Engine,
  { devices, rounds }: HistoryPlan,
): Promise<{ samples: Found; isWrong: number }> {
  const samples: Found = {
    speeds: { "by hand": [], "enode-sdk": [] },
    bytes: { "by hand": 0, "enode-sdk": 0 },
  };
  let isWrong = 0;
  const start = async (name: Appender) => {
    const place = await places.next(engine);
    return { place, fork: await Fork.start("history-append-child.ts", [name, engine, place.name]) };
  };
  const children = { "by hand": await start("by hand"), "enode-sdk": await start("enode-sdk") };
  // All series are new in the first round, which counts: that is part of the million.
  for (let round = 0; round < rounds; round++) {
    const command: AppendCommand = { devices, round };
    for (const name of round % 2 === 0 ? appenders : appenders.toReversed()) {
      const { milliseconds, bytes, wrong } = await children[name].fork.ask<Appended>(command);
      samples.speeds[name].push((devices * 1_000) / milliseconds);
      samples.bytes[name] = bytes;
      isWrong += wrong;
    }
  }
  for (const { place, fork } of Object.values(children)) {
    fork.stop();
    await places.clear(place);
  }
  return { samples, isWrong };
}

const about =
  "Readings come in calls of 1,000, of 1,000 devices in an order that is none of their IDs, round by round: each device once, 5 minutes after the one before. By hand is one `INSERT … ON CONFLICT (device_id, metric, at) DO UPDATE` of 1,000 rows a call (prepared on SQLite) into `(device_id text, metric text, at bigint, value double precision, PRIMARY KEY (device_id, metric, at))`: a bare table that knows neither whose reading it is nor which of two is the newer. Both wait for the disk on SQLite; on PostgreSQL enode-sdk does not, as it is with all that can be done again. In the first round all series are new to enode-sdk. Bytes are those of all tables and indexes at the end.";
