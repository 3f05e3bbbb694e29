import { Fork } from "./fork.ts";
import type { Walk, WalkCommand, Walker } from "./paging-child.ts";
import type { Section } from "./report.ts";
import { ratios, show, summarize } from "./statistics.ts";
import { pageSize } from "./vehicle.ts";

const walkers = ["fetch", "enode-sdk", "enode-sdk, undici"] as const;
const pages = 200;

/** How often to measure: in each heat, with new processes, so many timed walks and two for the heap. */
export interface PagingPlan {
  heats: number;
  walks: number;
}

interface Found {
  itemsPerSecond: number[];
  peak: number[];
  held: number[];
  wrong: number;
}

/** Items a second and heap of a list that is read to its end. */
export async function measurePaging({ heats, walks }: PagingPlan): Promise<Section> {
  const server = await Fork.start("server.ts", [String(pages)]);
  const found: Record<Walker, Found> = {
    fetch: nothing(),
    "enode-sdk": nothing(),
    "enode-sdk, undici": nothing(),
  };
  const walk = async (child: Fork, name: Walker, command: WalkCommand) => {
    const result = await child.ask<Walk>(command);
    found[name].wrong += result.wrong + Math.abs(pages * pageSize - result.items);
    return result;
  };
  const start = async (name: Walker) => {
    const child = await Fork.start("paging-child.ts", [name, server.greeting]);
    await walk(child, name, {});
    return child;
  };
  for (let heat = 0; heat < heats; heat++) {
    const children = {
      fetch: await start("fetch"),
      "enode-sdk": await start("enode-sdk"),
      "enode-sdk, undici": await start("enode-sdk, undici"),
    };
    for (let round = 0; round < walks; round++) {
      for (const name of [...walkers.slice(round % 3), ...walkers.slice(0, round % 3)]) {
        const { items, milliseconds } = await walk(children[name], name, {});
        found[name].itemsPerSecond.push((items * 1000) / milliseconds);
      }
    }
    for (const name of walkers) {
      found[name].peak.push((await walk(children[name], name, { sample: "peak" })).heap);
      found[name].held.push((await walk(children[name], name, { sample: "forced" })).heap);
      children[name].stop();
    }
  }
  server.stop();
  return toSection(found);
}

function nothing(): Found {
  return { itemsPerSecond: [], peak: [], held: [], wrong: 0 };
}

function toSection(found: Record<Walker, Found>): Section {
  const { fetch, "enode-sdk": own, "enode-sdk, undici": byUndici } = found;
  const speed = ratios(own.itemsPerSecond, fetch.itemsPerSecond);
  const speedByUndici = ratios(byUndici.itemsPerSecond, fetch.itemsPerSecond);
  const peak = ratios(own.peak, fetch.peak);
  const held = ratios(own.held, fetch.held);
  return {
    title: "10,000 items in 200 pages",
    about:
      "`for await (const vehicle of enode.vehicles.list({ pageSize: 50 }))` against a hand-written generator over fetch, each in its own process, over loopback, after one walk to warm up. Every item is checked. Heap is the whole heap of the process: its peak, sampled twice a page, and the most that is held after a forced collection every 10 pages.",
    tables: [
      {
        caption: "",
        head: ["", "items/s", "peak heap MB", "held heap MB"],
        rows: walkers.map((name) => [
          name === "fetch" ? "fetch by hand" : name,
          show(summarize(found[name].itemsPerSecond), 0),
          show(summarize(found[name].peak), 1),
          show(summarize(found[name].held), 1),
        ]),
      },
    ],
    goals: [
      {
        what: "Items/s of a list, of a hand-written fetch generator",
        limit: "≥ 0.88",
        measured: show(speed, 2),
        met: speed.median >= 0.88,
      },
      {
        what: "Items/s of it by `undiciTransport()`",
        limit: "≥ 1.00",
        measured: show(speedByUndici, 2),
        met: speedByUndici.median >= 1,
      },
      {
        what: "Peak heap of it",
        limit: "≤ 1.30",
        measured: show(peak, 2),
        met: peak.median <= 1.3,
      },
      {
        what: "Held heap of it",
        limit: "≤ 1.30",
        measured: show(held, 2),
        met: held.median <= 1.3,
      },
    ],
    wrong: fetch.wrong + own.wrong + byUndici.wrong,
  };
}
