import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { measureClaims } from "./claims.ts";
import { measureCpu } from "./cpu.ts";
import { measureDraining } from "./draining.ts";
import { measureHistory } from "./history.ts";
import { measurePaging } from "./paging.ts";
import { measureRate } from "./rate.ts";
import { render, type Section } from "./report.ts";
import { measureSandbox } from "./sandbox.ts";
import { measureSize } from "./size.ts";
import { measureStorage } from "./storage.ts";
import { measureTokens } from "./tokens.ts";
import { measureWebhooks } from "./webhooks.ts";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    only: { type: "string", multiple: true },
    million: { type: "boolean", default: false },
  },
});
const { quick, only, million } = values;

/** Part by part: two that run at once would take each other's processor. */
const parts: Readonly<Record<string, () => Promise<Section>>> = {
  cpu: () =>
    measureCpu(
      quick
        ? {
            ...{ heats: 1, rounds: 5, calls: 500, warmUpCalls: 3_000 },
            paused: { rounds: 2, pause: 5_000 },
            fresh: 3,
          }
        : {
            ...{ heats: 3, rounds: 15, calls: 1_000, warmUpCalls: 5_000 },
            paused: { rounds: 9, pause: 12_000 },
            fresh: 9,
          },
    ),
  paging: () => measurePaging(quick ? { heats: 1, walks: 3 } : { heats: 5, walks: 5 }),
  tokens: () => measureTokens(quick ? 1_000 : 10_000),
  rate: () => measureRate(quick ? 1 : 5),
  webhooks: () =>
    measureWebhooks(
      quick
        ? { heats: 1, rounds: 7, work: 4_000, warmUpWork: 20_000, waves: 3, imports: 5 }
        : { heats: 3, rounds: 15, work: 8_000, warmUpWork: 20_000, waves: 5, imports: 25 },
    ),
  storage: () =>
    measureStorage(
      quick
        ? {
            apply: { heats: 1, rounds: 5, deliveries: 50 },
            read: { heats: 1, rounds: 5, reads: { SQLite: 10_000, PostgreSQL: 2_000 } },
            backfill: { rounds: 1, devices: 20_000 },
          }
        : {
            apply: { heats: 3, rounds: 9, deliveries: 50 },
            read: { heats: 3, rounds: 9, reads: { SQLite: 20_000, PostgreSQL: 5_000 } },
            backfill: { rounds: 3, devices: 100_000 },
          },
    ),
  history: () =>
    measureHistory(
      quick
        ? { devices: 10_000, rounds: 10, reads: 20, rollUps: [200, 1_000] }
        : { devices: 100_000, rounds: 10, reads: 50, rollUps: [1_000, 4_000] },
    ),
  claims: () =>
    measureClaims({
      sizes: quick ? [1_000, 10_000] : [1_000, 10_000, 100_000, ...(million ? [1_000_000] : [])],
      rounds: quick ? 15 : 31,
    }),
  backlog: () =>
    measureDraining(
      quick
        ? { events: 20_000, lanes: 2_000, shared: 10_000, news: 20 }
        : {
            events: million ? 1_000_000 : 100_000,
            lanes: million ? 100_000 : 10_000,
            shared: 50_000,
            news: 100,
          },
    ),
  sandbox: () =>
    measureSandbox(
      quick
        ? { vehicles: 20_000, rounds: 5, pages: 50 }
        : { vehicles: 100_000, rounds: 15, pages: 200 },
    ),
  size: () => measureSize(quick ? 5 : 25),
};

const unknown = only?.filter((name) => !(name in parts)) ?? [];
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(", ")}, only ${Object.keys(parts).join(", ")}.`);
  process.exit(1);
}

if (!existsSync(new URL("../../dist/index.js", import.meta.url))) {
  console.error(
    "The benchmark measures the built package: run `npm run build` in its folder first.",
  );
  process.exit(1);
}

const sections: Section[] = [];
for (const [name, measure] of Object.entries(parts)) {
  if (only && !only.includes(name)) continue;
  const section = await measure();
  sections.push(section);
  console.error(`${section.title}: done`);
}

const report = render(sections, environment());
console.log(report);
// What is written is whole.
if (!quick && !only) {
  const docs = new URL("../../docs/", import.meta.url);
  await mkdir(docs, { recursive: true });
  await writeFile(new URL("performance.md", docs), report);
}

const wrong = sections.reduce((sum, section) => sum + section.wrong, 0);
if (wrong > 0) {
  console.error(`${wrong} answers were not what they should be.`);
  process.exitCode = 1;
}

function environment(): string[] {
  const [cpu] = cpus();
  const versions = Object.entries(manifest.dependencies).map(
    ([name, version]) => `${name} ${version}`,
  );
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}${quick ? ", a quick run" : ""}`,
    `Node ${process.versions.node} (undici ${process.versions["undici"]}) on ${process.platform} ${process.arch}, ${cpus().length} × ${cpu?.model.trim()}`,
    `Against ${versions.join(", ")}`,
  ];
}
