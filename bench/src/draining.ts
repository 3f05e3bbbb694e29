import { setTimeout as sleep } from "node:timers/promises";
import type { DrainCommand, DrainSample } from "./drain-child.ts";
import { Places } from "./engines.ts";
import { Fork } from "./fork.ts";
import type { Section } from "./report.ts";
import { show, summarize } from "./statistics.ts";

export interface DrainPlan {
  /** The backlog of the long drain. */
  events: number;
  lanes: number;
  /** The backlog for each number of processes. */
  shared: number;
  /** Events whose way from one process to another is timed. */
  news: number;
}

const processes = [1, 2, 4] as const;

/** A backlog on PostgreSQL: how fast it is handled from its beginning to its end, and by how many. */
export async function measureDraining(plan: DrainPlan): Promise<Section> {
  const places = await Places.make();
  try {
    if (!places.engines.includes("PostgreSQL")) return nothing;
    const long = await drainLong(places, plan);
    const speeds = new Map<number, number>();
    for (const count of processes)
      speeds.set(count, await drainTogether(places, count, plan.shared));
    const way = summarize(await timeTheWay(places, plan.news));
    const alone = speeds.get(1) ?? Number.NaN;
    return {
      title: "A backlog on PostgreSQL",
      about: aboutOf(plan),
      tables: [
        {
          caption: `${plan.events.toLocaleString("en")} events in ${plan.lanes.toLocaleString("en")} lanes, tenth by tenth`,
          head: ["", ...long.map((_, at) => `${at + 1}`)],
          rows: [
            ["events/s", ...long.map(({ speed }) => speed.toFixed(0))],
            ["heap held, MB", ...long.map(({ held }) => held.toFixed(1))],
          ],
        },
        {
          caption: "By several worker processes",
          head: ["processes", "events/s", "of one"],
          rows: [...speeds].map(([count, speed]) => [
            `${count}`,
            speed.toFixed(0),
            (speed / alone).toFixed(2),
          ]),
        },
        {
          caption: "From the commit in one process to the handler in another, ms",
          head: ["", "ms"],
          rows: [["one event at a time", show(way, 1)]],
        },
      ],
      goals: goalsOf(long, way.median),
      wrong: 0,
    };
  } finally {
    await places.remove();
  }
}

interface Tenth {
  speed: number;
  held: number;
}

function goalsOf(long: readonly Tenth[], way: number): Section["goals"] {
  const { length } = long;
  const mean = (some: readonly Tenth[]) =>
    some.reduce((sum, { speed }) => sum + speed, 0) / some.length;
  // The last tenth ends in waiting for what is still in work, and the first one with starting.
  const first = mean(long.slice(1, 3));
  const last = mean(long.slice(length - 3, length - 1));
  const grown = Math.max(...long.map(({ held }) => held)) - (long[0]?.held ?? 0);
  return [
    {
      what: "Events/s at the end of a backlog, of those at its beginning",
      limit: "≥ 0.80",
      measured: (last / first).toFixed(2),
      met: last / first >= 0.8,
    },
    {
      what: "Heap that a worker holds meanwhile, above that of its first tenth",
      limit: "≤ 5 MB",
      measured: `${grown.toFixed(1)} MB`,
      met: grown <= 5,
    },
    {
      what: "From the commit in one process to the handler in another",
      limit: "< 50 ms",
      measured: `${way.toFixed(1)} ms`,
      met: way < 50,
    },
  ];
}

async function drainLong(places: Places, { events, lanes }: DrainPlan): Promise<Tenth[]> {
  const { workers, stop } = await startWorkers(places, 1, events, lanes);
  const tenths: Tenth[] = [];
  let before = { at: performance.now(), handled: 0 };
  while (tenths.length < 10) {
    await sleep(50);
    const { handled, held } = await sampleOf(workers);
    if (handled < ((tenths.length + 1) * events) / 10) continue;
    const at = performance.now();
    tenths.push({ speed: ((handled - before.handled) * 1_000) / (at - before.at), held });
    before = { at, handled };
  }
  await stop();
  return tenths;
}

async function drainTogether(places: Places, count: number, events: number): Promise<number> {
  const { workers, stop, startedAt } = await startWorkers(places, count, events, events / 10);
  while ((await sampleOf(workers)).handled < events) await sleep(20);
  const speed = (events * 1_000) / (performance.now() - startedAt);
  await stop();
  return speed;
}

async function startWorkers(places: Places, count: number, events: number, lanes: number) {
  const place = await places.next("PostgreSQL");
  const workers: Fork[] = [];
  for (let n = 0; n < count; n++) {
    workers.push(await Fork.start("drain-child.ts", [place.engine, place.name]));
  }
  await ask(workers.slice(0, 1), { do: "fill", events, lanes });
  const startedAt = performance.now();
  await ask(workers, { do: "start" });
  return {
    workers,
    startedAt,
    async stop() {
      await ask(workers, { do: "stop" });
      for (const worker of workers) worker.stop();
      await places.clear(place);
    },
  };
}

async function timeTheWay(places: Places, news: number): Promise<number[]> {
  const { workers, stop } = await startWorkers(places, 2, 0, 1);
  const [worker, sender] = workers;
  if (!worker || !sender) throw new Error("There are no processes.");
  // Only one of them is to handle events.
  await ask([sender], { do: "stop" });
  const keptAt = await sender.ask<Record<number, number>>({ do: "deliver", times: news });
  await sleep(2_000);
  const { arrivals } = await sampleOf([worker]);
  await stop();
  return Object.entries(keptAt).map(
    ([number, at]) => (arrivals[Number(number)] ?? Number.NaN) - at,
  );
}

function ask(workers: readonly Fork[], command: DrainCommand): Promise<DrainSample[]> {
  return Promise.all(workers.map((worker) => worker.ask<DrainSample>(command)));
}

/** Of all of them together. */
async function sampleOf(workers: readonly Fork[]): Promise<DrainSample> {
  const samples = await ask(workers, { do: "sample" });
  const failed = samples.reduce((sum, sample) => sum + sample.failed, 0);
  if (failed > 0) throw new Error(`${failed} attempts failed`);
  return {
    failed,
    handled: samples.reduce((sum, { handled }) => sum + handled, 0),
    held: samples.reduce((sum, { held }) => sum + held, 0),
    arrivals: Object.assign({}, ...samples.map(({ arrivals }) => arrivals)),
  };
}

const nothing: Section = {
  title: "A backlog on PostgreSQL",
  about: "There was no PostgreSQL.",
  tables: [],
  goals: [{ what: "A backlog on PostgreSQL", limit: "", measured: "it is not there", met: false }],
  wrong: 0,
};

function aboutOf({ shared, news }: DrainPlan): string {
  return `Events of 1.5 kB, kept before the workers start; each worker is a process with a receiver of \`concurrency: 400\` whose handler does nothing, so that it is the store that is measured. Several processes share ${shared.toLocaleString("en")} events, on the machine that the database runs on, too: beyond its processors there is nothing to gain. For the way from one process to another ${news} events are appended by a process that handles none, one after the other, at random moments when all is idle.`;
}
