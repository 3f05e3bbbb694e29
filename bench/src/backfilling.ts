import type { BackfillCommand, Backfilled } from "./backfill-child.ts";
import type { Engine, Places } from "./engines.ts";
import type { DelayCommand } from "./fleet-server.ts";
import { Fork } from "./fork.ts";
import type { Goal, Section, Table } from "./report.ts";
import { ratios, type Summary, show, summarize } from "./statistics.ts";

/** How often to fill a mirror. */
export interface BackfillPlan {
  rounds: number;
  /** Devices to mirror; a fifth of them is what the heap is compared with. */
  devices: number;
}

type Contestant = "paging alone" | Engine;

interface Found {
  /** In s, by how far away the server seems to be. */
  near: number[];
  far: number[];
  peak: number[];
  /** Heap in MB that is held, with all devices and with a fifth of them. */
  held: number[];
  heldOfFew: number[];
}

/** Devices of a user of the sandbox. */
const devicesEach = 5;
/** What an answer takes from a server elsewhere, in ms; those of Enode take longer. */
const distance = 25;
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
    found.set(name, { near: [], far: [], peak: [], held: [], heldOfFew: [] });
    await run(name, few);
  }
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? [...found] : [...found].reverse();
    for (const [where, delay] of [["far", distance] as const, ["near", 0] as const]) {
      await many.ask({ delay } satisfies DelayCommand);
      for (const [name, each] of order) {
        const { milliseconds, heap } = await run(name, many);
        each[where].push(milliseconds / 1_000);
        each.peak.push(heap);
      }
    }
    for (const [name, { held, heldOfFew }] of order) {
      held.push((await run(name, many, true)).heap);
      heldOfFew.push((await run(name, few, true)).heap);
    }
  }
  for (const child of [...children.values(), many, few]) child.stop();
  return { tables: toTables(found, devices), goals: toGoals(found, devices), wrong };
}

function toTables(found: ReadonlyMap<Contestant, Found>, devices: number): Table[] {
  const rows = (cells: (each: Found) => string[]) =>
    [...found].map(([name, each]) => [
      name === "paging alone" ? name : `backfill into ${name}`,
      ...cells(each),
    ]);
  const count = devices.toLocaleString("en");
  return [
    {
      caption: `${count} vehicles in pages of 100, mirrored`,
      head: [
        "",
        `s, answers after ${distance} ms`,
        "of paging alone",
        "s, answers at once",
        "of paging alone",
      ],
      rows: rows(({ far, near }) => [
        show(summarize(far), 2),
        show(ratioOf(found, far, "far"), 2),
        show(summarize(near), 2),
        show(ratioOf(found, near, "near"), 2),
      ]),
    },
    {
      caption: "Heap of that",
      head: ["", "peak MB", "held MB", `held MB with ${(devices / 5).toLocaleString("en")}`],
      rows: rows(({ peak, held, heldOfFew }) => [
        show(summarize(peak), 0),
        show(summarize(held), 1),
        show(summarize(heldOfFew), 1),
      ]),
    },
  ];
}

function toGoals(found: ReadonlyMap<Contestant, Found>, devices: number): Goal[] {
  const count = devices.toLocaleString("en");
  return [...found].flatMap(([name, { far, held, heldOfFew }]) => {
    if (name === "paging alone") return [];
    const time = ratioOf(found, far, "far");
    const growth = summarize(held.map((heap, at) => heap - (heldOfFew[at] ?? Number.NaN)));
    return [
      {
        what: `Time of a backfill of ${count} devices into ${name}, of paging alone, with answers after ${distance} ms`,
        limit: "≤ 1.30",
        measured: show(time, 2),
        met: time.median <= 1.3,
      },
      {
        what: `Heap that it holds, above that of one of ${(devices / 5).toLocaleString("en")}`,
        limit: `≤ ${mostGrowth} MB`,
        measured: `${show(growth, 1)} MB`,
        met: growth.median <= mostGrowth,
      },
    ];
  });
}

function ratioOf(
  found: ReadonlyMap<Contestant, Found>,
  times: readonly number[],
  where: "far" | "near",
): Summary {
  return ratios(times, found.get("paging alone")?.[where] ?? []);
}
