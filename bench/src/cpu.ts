import { type Contestant, contestants } from "./contestants.ts";
import { Fork } from "./fork.ts";
import type { Section, Table } from "./report.ts";
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
}

/** CPU time of one GET. */
export async function measureCpu(plan: CpuPlan): Promise<Section> {
  const stubbed = contestants.filter((name) => name !== "undici.request");
  const onStub = await measure(stubbed, 1, plan, undefined);
  const server = await Fork.start("server.ts", []);
  const onLoopback = await measure(contestants, 50, plan, server.greeting);
  server.stop();
  const cases = [
    { what: "on a stubbed fetch", samples: onStub },
    { what: "over loopback", samples: onLoopback },
  ];
  return {
    title: "CPU of one GET",
    about:
      "One GET of a vehicle (1.5 kB of JSON), parsed and checked. enode-sdk with everything on: token, deadline, time-out, retry, the hooks onRequest and onResponse. The others as their documentation sets them up; ky is `ky.get(url, { headers }).json()`, stripe retrieves a customer, openai a model. CPU is that of the client's process with all its threads, wall the time by the clock; ratios are taken round by round. Where fetch is a stub, the line of fetch is the making of a Response, reading and parsing it; whoever makes a Request first, as ky and enode-sdk do, pays for it here as it would with the real one.",
    tables: [
      toTable("Sequential, the global fetch replaced by a stub that answers at once", onStub),
      toTable("Over loopback, 50 at a time, keep-alive, server in another process", onLoopback),
    ],
    goals: cases.flatMap(({ what, samples }) => {
      const ofKy = ratiosTo(samples, "enode-sdk", "ky");
      const ofOpenai = ratiosTo(samples, "enode-sdk", "openai");
      return [
        {
          what: `CPU of a GET ${what}, of bare ky`,
          limit: "≤ 1.20",
          measured: show(ofKy, 2),
          met: ofKy.median <= 1.2,
        },
        {
          what: `CPU of a GET ${what}, of openai`,
          limit: "< 1.00",
          measured: show(ofOpenai, 2),
          met: ofOpenai.median < 1,
        },
      ];
    }),
    wrong: cases
      .flatMap(({ samples }) => [...samples.values()].flat())
      .reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

async function measure(
  names: readonly Contestant[],
  concurrency: number,
  { heats, rounds, calls, warmUpCalls }: CpuPlan,
  address: string | undefined,
): Promise<Samples> {
  const samples = new Map<Contestant, Sample[]>(names.map((name) => [name, []]));
  for (let heat = 0; heat < heats; heat++) {
    const children = new Map<Contestant, Fork>();
    for (const name of names) {
      const child = await Fork.start("cpu-child.ts", address ? [name, address] : [name]);
      children.set(name, child);
      await child.ask<Sample>({ calls: warmUpCalls, concurrency });
    }
    for (let round = 0; round < rounds; round++) {
      // Each round begins with another one, so that nobody always runs after the same neighbour.
      for (const name of rotate(names, round)) {
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
