import { type ClaimCommand, type ClaimSample, type Shape, shapes } from "./claim-child.ts";
import { type Engine, Places } from "./engines.ts";
import { Fork } from "./fork.ts";
import type { Section, Table } from "./report.ts";
import { show, summarize } from "./statistics.ts";

export interface ClaimPlan {
  /** How many events wait, from few to many. */
  sizes: readonly number[];
  rounds: number;
}

const calls = ["append", "claim", "complete", "fail"] as const;
type Call = (typeof calls)[number];
type Found = ReadonlyMap<Shape, ReadonlyMap<number, ClaimSample>>;

/** What the calls of a worker take, however many events wait. */
export async function measureClaims(plan: ClaimPlan): Promise<Section> {
  const places = await Places.make();
  const tables: Table[] = [];
  const goals: Section["goals"][number][] = [];
  let wrong = 0;
  try {
    for (const engine of places.engines) {
      const found = await measureEngine(places, engine, plan);
      wrong += [...found.values()]
        .flatMap((bySize) => [...bySize.values()])
        .reduce((sum, one) => sum + one.wrong, 0);
      for (const call of ["claim", "append"] as const) {
        tables.push(tableOf(engine, call, found, plan.sizes));
      }
      const worst = Math.max(
        ...[...found.values()].map((bySize) => growth(bySize, "claim", plan.sizes)),
      );
      const [least = 0, most = 0] = [plan.sizes[0], plan.sizes.at(-1)];
      goals.push({
        what: `Time of a claim of 100 on ${engine} where ${number(most)} events wait, of where ${number(least)} do, in the worst shape`,
        limit: "≤ 2.00",
        measured: worst.toFixed(2),
        met: worst <= 2,
      });
      for (const call of ["append", "complete", "fail"] as const) {
        const of = Math.max(
          ...[...found.values()].map((bySize) => growth(bySize, call, plan.sizes)),
        );
        goals.push({
          what: `The same of ${call}`,
          limit: "≤ 2.00",
          measured: of.toFixed(2),
          met: of <= 2,
        });
      }
    }
  } finally {
    await places.remove();
  }
  return { title: "Claims", about, tables, goals, wrong };
}

async function measureEngine(places: Places, engine: Engine, plan: ClaimPlan): Promise<Found> {
  const found = new Map<Shape, Map<number, ClaimSample>>();
  for (const shape of shapes) {
    const bySize = new Map<number, ClaimSample>();
    found.set(shape, bySize);
    for (const waiting of plan.sizes) {
      // A place of its own, so that nothing that another shape has left is in the way.
      const place = await places.next(engine);
      const child = await Fork.start("claim-child.ts", [engine, place.name]);
      const command: ClaimCommand = { shape, waiting, rounds: plan.rounds };
      bySize.set(waiting, await child.ask<ClaimSample>(command));
      child.stop();
      await places.clear(place);
    }
  }
  return found;
}

function tableOf(engine: Engine, call: Call, found: Found, sizes: readonly number[]): Table {
  return {
    caption: `${call} on ${engine}, ms`,
    head: ["events that wait", ...sizes.map(number), "growth"],
    rows: [...found].map(([shape, bySize]) => [
      shape,
      ...sizes.map((size) => show(summarize(bySize.get(size)?.[call] ?? []), 2)),
      growth(bySize, call, sizes).toFixed(2),
    ]),
  };
}

/** What a call takes at the largest size, of what it takes at the smallest: medians. */
function growth(
  bySize: ReadonlyMap<number, ClaimSample>,
  call: Call,
  sizes: readonly number[],
): number {
  const at = (size: number | undefined) => summarize(bySize.get(size ?? 0)?.[call] ?? []).median;
  return at(sizes.at(-1)) / at(sizes[0]);
}

function number(value: number): string {
  return value.toLocaleString("en");
}

const about =
  "Each round appends a delivery of 100 events of 1.5 kB in lanes of their own, claims 100 events, completes all of them but one and gives that one back, while so many others wait: in lanes of 20 events each; in 1,000 lanes; in one lane; in lanes of 20 whose first events all wait for a retry; in lanes of 20 of which up to 1,000 first events were dead letters and have been revived. Each shape and size has a process and tables of its own. Growth is the median at the largest size, of that at the smallest. `npm run bench -- --only claims --million` measures 1,000,000 as well.";
