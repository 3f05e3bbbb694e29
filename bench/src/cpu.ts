import { setTimeout as sleep } from "node:timers/promises";
import { type Contestant, contestants } from "./contestants.ts";
import { Fork } from "./fork.ts";
import type { Goal, Section, Table } from "./report.ts";
import { ratios, show, summarize } from "./statistics.ts";

/** What a child is asked to do at a time. */
export interface Round {
  calls: number;
  concurrency: number;
}

/** Microseconds for one call, on average over a round. */
export interface Sample {
  cpu: number;
  wall: number;
  wrong: number;
}

type Samples = ReadonlyMap<Contestant, Sample[]>;

/** How long to measure. */
export interface CpuPlan {
  /** Each heat has new processes: what one process does faster or slower for life evens out. */
  heats: number;
  rounds: number;
  calls: number;
  warmUpCalls: number;
  /** Rounds that begin after a pause of so many ms, in which connections end and code cools down. */
  paused: { rounds: number; pause: number };
  /** Processes whose first calls are measured. */
  fresh: number;
}

/** How the calls of one table are made. */
interface Setting {
  readonly names: readonly Contestant[];
  readonly concurrency: number;
  /** Of the server; undefined for a stub in place of the global fetch. */
  readonly address: string | undefined;
  readonly pause?: number;
}

const overNetwork = (name: Contestant) => name === "undici.request" || name === "enode-sdk, undici";
/** Those that the goals are about. */
const rivals: readonly Contestant[] = ["fetch", "stripe", "ky", "enode-sdk", "enode-sdk, undici"];

/** CPU time of one GET. */
export async function measureCpu(plan: CpuPlan): Promise<Section> {
  const stubbed = contestants.filter((name) => !overNetwork(name));
  const onStub = await measure({ names: stubbed, concurrency: 1, address: undefined }, plan);
  const server = await Fork.start("server.ts", []);
  const address = server.greeting;
  const together = await measure({ names: contestants, concurrency: 50, address }, plan);
  const inTurn = await measure({ names: rivals, concurrency: 1, address }, plan);
  const { rounds, pause } = plan.paused;
  const paused = await measure(
    { names: rivals, concurrency: 50, address, pause },
    { ...plan, heats: 1, rounds },
  );
  const fresh = await measure(
    { names: rivals, concurrency: 50, address },
    { ...plan, heats: plan.fresh, rounds: 1, calls: 200, warmUpCalls: 0 },
  );
  server.stop();
  const all = [onStub, together, inTurn, paused, fresh];
  return {
    title: "CPU of one GET",
    about:
      "One GET of a vehicle (1.5 kB of JSON), parsed and checked. enode-sdk with everything on: token, deadline, time-out, retry, the hooks onRequest and onResponse; once by its default transport and once by `undiciTransport()`. The others as their documentation sets them up; ky is `ky.get(url, { headers }).json()`, stripe retrieves a customer, openai a model. CPU is that of the client's process with all its threads, wall the time by the clock; ratios are taken round by round. Where fetch is a stub, the line of fetch is the making of a Response, reading and parsing it; whoever makes a Request first, as ky and enode-sdk do, pays for it here as it would with the real one.",
    tables: [
      toTable("Sequential, the global fetch replaced by a stub that answers at once", onStub),
      toTable("Over loopback, 50 at a time, keep-alive, server in another process", together),
      toTable("The same, one after the other", inTurn),
      toTable(`The same, 50 at a time, each round after a pause of ${pause / 1_000} s`, paused),
      toTable(
        "The same, the first 200 calls of a new process, with all that is loaded then",
        fresh,
      ),
    ],
    goals: [
      goal("a GET on a stubbed fetch", onStub, "enode-sdk", "ky", 1.2),
      goal("a GET on a stubbed fetch", onStub, "enode-sdk", "openai", 1),
      goal("a GET over loopback", together, "enode-sdk", "ky", 1.1),
      goal("a GET over loopback", together, "enode-sdk", "openai", 1),
      goal("a GET over loopback after pauses", paused, "enode-sdk", "ky", 1.1),
      goal("a GET over loopback", together, "enode-sdk, undici", "fetch", 0.6),
      goal("a GET over loopback", together, "enode-sdk, undici", "stripe", 0.55),
      goal("a GET over loopback, one after the other", inTurn, "enode-sdk, undici", "fetch", 0.75),
    ],
    wrong: all
      .flatMap((samples) => [...samples.values()].flat())
      .reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

function goal(
  what: string,
  samples: Samples,
  name: Contestant,
  base: Contestant,
  limit: number,
): Goal {
  const ratio = ratiosTo(samples, name, base);
  return {
    what: `CPU of ${what} by ${name}, of ${base}`,
    limit: `≤ ${limit.toFixed(2)}`,
    measured: show(ratio, 2),
    met: ratio.median <= limit,
  };
}

async function measure(
  { names, concurrency, address, pause }: Setting,
  {
    heats,
    rounds,
    calls,
    warmUpCalls,
  }: Pick<CpuPlan, "heats" | "rounds" | "calls" | "warmUpCalls">,
): Promise<Samples> {
  const samples = new Map<Contestant, Sample[]>(names.map((name) => [name, []]));
  for (let heat = 0; heat < heats; heat++) {
    const children = new Map<Contestant, Fork>();
    for (const name of names) {
      const child = await Fork.start("cpu-child.ts", address ? [name, address] : [name]);
      children.set(name, child);
      if (warmUpCalls > 0) await child.ask<Sample>({ calls: warmUpCalls, concurrency });
    }
    for (let round = 0; round < rounds; round++) {
      if (pause !== undefined) await sleep(pause);
      // Each round begins with another one, so that nobody always runs after the same neighbour.
      for (const name of rotate(names, round + heat)) {
        const sample = await children.get(name)?.ask<Sample>({ calls, concurrency });
        if (sample) samples.get(name)?.push(sample);
      }
    }
    for (const child of children.values()) child.stop();
  }
  return samples;
}

function rotate<T>(values: readonly T[], by: number): T[] {
  const start = by % values.length;
  return [...values.slice(start), ...values.slice(0, start)];
}

function ratiosTo(samples: Samples, name: Contestant, base: Contestant) {
  const cpuOf = (of: Contestant) => samples.get(of)?.map(({ cpu }) => cpu) ?? [];
  return ratios(cpuOf(name), cpuOf(base));
}

function toTable(caption: string, samples: Samples): Table {
  return {
    caption,
    head: ["", "CPU µs", "of fetch", "of ky", "wall µs"],
    rows: [...samples].map(([name, own]) => [
      name,
      show(summarize(own.map(({ cpu }) => cpu)), 0),
      show(ratiosTo(samples, name, "fetch"), 2),
      show(ratiosTo(samples, name, "ky"), 2),
      show(summarize(own.map(({ wall }) => wall)), 0),
    ]),
  };
}
