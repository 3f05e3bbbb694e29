import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import manifest from "../package.json" with { type: "json" };
import { measureCpu } from "./cpu.ts";
import { measurePaging } from "./paging.ts";
import { render, type Section } from "./report.ts";
import { measureSize } from "./size.ts";
import { measureTokens } from "./tokens.ts";

const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
const { quick } = values;

/** Part by part: two that run at once would take each other's processor. */
const parts: readonly (() => Promise<Section>)[] = [
  () =>
    measureCpu(
      quick
        ? { heats: 1, rounds: 5, calls: 500, warmUpCalls: 3_000 }
        : { heats: 3, rounds: 15, calls: 1_000, warmUpCalls: 5_000 },
    ),
  () => measurePaging(quick ? { heats: 1, walks: 3 } : { heats: 5, walks: 5 }),
  () => measureTokens(quick ? 1_000 : 10_000),
  () => measureSize(quick ? 5 : 25),
];

if (!existsSync(new URL("../../dist/index.js", import.meta.url))) {
  console.error(
    "The benchmark measures the built package: run `npm run build` in its folder first.",
  );
  process.exit(1);
}

const sections: Section[] = [];
for (const part of parts) {
  const section = await part();
  sections.push(section);
  console.error(`${section.title}: done`);
}

const report = render(sections, environment());
console.log(report);
if (!quick) {
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
