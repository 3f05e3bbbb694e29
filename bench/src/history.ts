import { type Engine, engines, Places } from "./engines.ts";
import { Fork } from "./fork.ts";
import type { AppendCommand, Appended, Appender } from "./history-append-child.ts";
import type { RolledUp, RollUpCommand } from "./history-rollup-child.ts";
import type { SeriesCommand, SeriesSample } from "./history-series-child.ts";
import type { Section } from "./report.ts";
import { ratios, show, summarize } from "./statistics.ts";

const appenders = ["by hand", "enode-sdk"] as const;

/** How much to keep. */
export interface HistoryPlan {
  devices: number;
  /** Readings of each device. */
  rounds: number;
  /** Reads of a month in each of 9 rounds. */
  reads: number;
  /** Devices with 5 days to roll up, few and many. */
  rollUps: readonly [few: number, many: number];
}

/** Keeping readings, rolling them up and reading them, on each engine that is there. */
export async function measureHistory(plan: HistoryPlan): Promise<Section> {
  const places = await Places.make();
  try {
    const parts: Partial<Section>[] = [
      await measureAppending(places, plan),
      await measureSeries(places, plan),
      await measureRollUp(places, plan),
    ];
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

const sources = ["single readings", "rolled up days"] as const;
const seriesRounds = 9;

/** Reads of a month of one device, from its readings and from what they are rolled up to. */
async function measureSeries(places: Places, { reads }: HistoryPlan): Promise<Partial<Section>> {
  const found: { engine: Engine; source: string; samples: SeriesSample[] }[] = [];
  for (const engine of places.engines) {
    const place = await places.next(engine);
    const child = await Fork.start("history-series-child.ts", [engine, place.name]);
    for (const source of sources) {
      const samples: SeriesSample[] = [];
      found.push({ engine, source, samples });
      const ask = (command: SeriesCommand) => child.ask<SeriesSample>(command);
      if (source === "rolled up days") await ask({ what: "roll up" });
      // The first round is to warm up.
      for (let round = 0; round <= seriesRounds; round++) {
        const sample = await ask({ what: "read", reads, bareFirst: round % 2 === 0 });
        if (round > 0) samples.push(sample);
      }
    }
    child.stop();
    await places.clear(place);
  }
  const ratioOf = (samples: readonly SeriesSample[]) =>
    ratios(
      samples.map(({ own }) => own),
      samples.map(({ bare }) => bare),
    );
  return {
    tables: [
      {
        caption: "A month of one device, 8,640 readings, by the hour",
        head: ["", "from", "bare aggregate query, ms", "history.series, ms", "of bare"],
        rows: found.map(({ engine, source, samples }) => [
          engine,
          source,
          show(summarize(samples.map(({ bare }) => bare)), 2),
          show(summarize(samples.map(({ own }) => own)), 2),
          show(ratioOf(samples), 2),
        ]),
      },
    ],
    goals: found.map(({ engine, source, samples }) => ({
      what: `Time of \`history.series\` of a month by the hour on ${engine} from ${source}, of the bare aggregate query`,
      limit: "≤ 1.50",
      measured: show(ratioOf(samples), 2),
      met: ratioOf(samples).median <= 1.5,
    })),
    wrong: found.flatMap(({ samples }) => samples).reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

/** Heap while days are rolled up, few and many. */
async function measureRollUp(places: Places, { rollUps }: HistoryPlan): Promise<Partial<Section>> {
  const found: { engine: Engine; few: RolledUp; many: RolledUp }[] = [];
  for (const engine of places.engines) {
    const rollUp = async (devices: number) => {
      const place = await places.next(engine);
      const child = await Fork.start("history-rollup-child.ts", [engine, place.name]);
      const command: RollUpCommand = { devices };
      const rolled = await child.ask<RolledUp>(command);
      child.stop();
      await places.clear(place);
      return rolled;
    };
    found.push({ engine, few: await rollUp(rollUps[0]), many: await rollUp(rollUps[1]) });
  }
  const growthOf = ({ few, many }: { few: RolledUp; many: RolledUp }) =>
    many.most - many.before - (few.most - few.before);
  return {
    tables: [
      {
        caption: "Rolling up, and removing what is older than 3 days",
        head: ["", "days of series", "days/s", "heap held before, MB", "most held meanwhile, MB"],
        rows: found.flatMap(({ engine, few, many }) =>
          [few, many].map(({ days, seconds, before, most }) => [
            engine,
            days.toLocaleString("en"),
            (days / seconds).toFixed(0),
            before.toFixed(1),
            most.toFixed(1),
          ]),
        ),
      },
    ],
    goals: found.map((each) => ({
      what: `Heap that rolling up holds for ${each.many.days.toLocaleString("en")} days on ${each.engine}, above that for ${each.few.days.toLocaleString("en")}`,
      limit: "≤ 3 MB",
      measured: `${growthOf(each).toFixed(1)} MB`,
      met: growthOf(each) <= 3,
    })),
    wrong: 0,
  };
}

const about =
  "Readings come in calls of 1,000, of 1,000 devices in an order that is none of their IDs, round by round: each device once, 5 minutes after the one before. By hand is one `INSERT … ON CONFLICT (device_id, metric, at) DO UPDATE` of 1,000 rows a call (prepared on SQLite) into `(device_id text, metric text, at bigint, value double precision, PRIMARY KEY (device_id, metric, at))`: a bare table that knows neither whose reading it is nor which of two is the newer. Both wait for the disk on SQLite; on PostgreSQL enode-sdk does not, as it is with all that can be done again. In the first round all series are new to enode-sdk. Bytes are those of all tables and indexes at the end.";
