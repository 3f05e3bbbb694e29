import type { BackfillCommand, Backfilled } from "./backfill-child.ts";
import type { Engine, Places } from "./engines.ts";
import { Fork } from "./fork.ts";
import type { Section } from "./report.ts";
import { ratios, type Summary, show, summarize } from "./statistics.ts";

/** How often to fill a mirror. */
export interface BackfillPlan {
  rounds: number;
  /** Devices to mirror; a fifth of them is what the heap is compared with. */
  devices: number;
}

type Contestant = "paging alone" | Engine;

interface Found {
  times: number[];
  peak: number[];
  /** Heap that is held, with all devices and with a fifth of them. */
  held: number[];
  heldOfFew: number[];
}

/** Devices of a user of the sandbox. */
const devicesEach = 5;
/** Heap in MB that a backfill of all devices may hold above one of a fifth of them. */
const mostGrowth = 2;

/** Time and heap of filling a mirror. */
export async function measureBackfilling(
  places: Places,
  { rounds, devices }: BackfillPlan,
): Promise<Partial<Section>> {
  const many = await Fork.start("fleet-server.ts", [String(devices / devicesEach)]);
  const few = await Fork.start("fleet-server.ts", [String(devices / 5 / devicesEach)]);
  const contestants: readonly Contestant[] = ["paging alone", ...places.engines];
  const children = new Map<Contestant, Fork>();
  const found = new Map<Contestant, Found>();
  let wrong = 0;
  const run = async (name: Contestant, server: Fork, forced = false) => {
    const command: BackfillCommand = { access: JSON.parse(server.greeting), forced };
    if (name !== "paging alone") command.place = await places.next(name);
    const result = await children.get(name)?.ask<Backfilled>(command);
    if (result === undefined) throw new Error(`${name} is not there`);
    if (command.place) await places.clear(command.place);
    wrong += Math.abs(result.vehicles - (server === many ? devices : devices / 5));
    return result;
  };
  for (const name of contestants) {
    children.set(name, await Fork.start("backfill-child.ts", []));
    found.set(name, { times: [], peak: [], held: [], heldOfFew: [] });
    await run(name, few);
  }
  for (let round = 0; round < rounds; round++) {
    for (const [name, { times, peak }] of round % 2 === 0 ? found : [...found].reverse()) {
      const { milliseconds, heap } = await run(name, many);
      times.push(milliseconds);
      peak.push(heap);
    }
  }
  for (let round = 0; round < rounds; round += 2) {
    for (const [name, { held, heldOfFew }] of found) {
      held.push((await run(name, many, true)).heap);
      heldOfFew.push((await run(name, few, true)).heap);
    }
  }
  for (const child of [...children.values(), many, few]) child.stop();
  return { ...toSection(found, devices), wrong };
}

function toSection(found: ReadonlyMap<Contestant, Found>, devices: number): Partial<Section> {
  const alone = found.get("paging alone");
  const own = [...found].filter(([name]) => name !== "paging alone");
  const count = devices.toLocaleString("en");
  const fifth = (devices / 5).toLocaleString("en");
  const ratioOf = ({ times }: Found): Summary => ratios(times, alone?.times ?? []);
  return {
    tables: [
      {
        caption: `${count} vehicles in pages of 100, mirrored`,
        head: [
          "",
          "s",
          "of paging alone",
          "peak heap MB",
          "held heap MB",
          `held heap MB with ${fifth}`,
        ],
        rows: [...found].map(([name, each]) => [
          name === "paging alone" ? name : `backfill into ${name}`,
          show(summarize(each.times.map((time) => time / 1_000)), 2),
          show(ratioOf(each), 2),
          show(summarize(each.peak), 0),
          show(summarize(each.held), 1),
          show(summarize(each.heldOfFew), 1),
        ]),
      },
    ],
    goals: own.flatMap(([name, each]) => {
      const time = ratioOf(each);
      const growth = summarize(each.held.map((held, at) => held - (each.heldOfFew[at] ?? 0)));
      return [
        {
          what: `Time of a backfill of ${count} devices into ${name}, of paging alone`,
          limit: "≤ 1.30",
          measured: show(time, 2),
          met: time.median <= 1.3,
        },
        {
          what: `Heap that it holds, above that of one of ${fifth}`,
          limit: `≤ ${mostGrowth} MB`,
          measured: `${show(growth, 1)} MB`,
          met: growth.median <= mostGrowth,
        },
      ];
    }),
  };
}
