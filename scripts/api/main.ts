/**
 * Writes docs/api: the signatures of all that the package exports, so that a review shows what changes for hosts.
 * Build first.
 *
 *   --check  compares instead, and fails if anything differs
 */
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type ApiRecord, objectionTo, recordOf } from "./changelog.ts";
import { renderReports } from "./report.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folder = join(root, "docs/api");
const recordFile = join(folder, "record.json");

const { values } = parseArgs({ options: { check: { type: "boolean", default: false } } });
const reports = renderReports(root);
const changelog = await readFile(join(root, "CHANGELOG.md"), "utf8");
const next = recordOf(reports, changelog);
const last = await readRecord();

if (values.check) {
  await check();
} else {
  await write();
}

async function check(): Promise<void> {
  const written = await readReports();
  const names = [...new Set([...reports.keys(), ...written.keys()])].sort();
  const stale = names.filter((name) => reports.get(name) !== written.get(name));
  if (stale.length > 0) {
    fail(`docs/api is not what the build declares: ${stale.join(", ")}. Run \`npm run api\`.`);
  } else if (next.reports !== last?.reports) {
    fail("docs/api was not written by `npm run api`, which looks at CHANGELOG.md: run that.");
  }
}

async function write(): Promise<void> {
  const objection = objectionTo(changelog, next, last);
  if (objection !== undefined) {
    fail(objection);
    return;
  }
  for (const name of (await readReports()).keys()) {
    if (!reports.has(name)) await rm(join(folder, name));
  }
  for (const [name, text] of reports) await writeFile(join(folder, name), text);
  // Kept while the API stays: what else is written in CHANGELOG.md makes no difference.
  if (next.reports !== last?.reports) {
    await writeFile(recordFile, `${JSON.stringify(next, null, 2)}\n`);
  }
}

async function readReports(): Promise<Map<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".md"));
  const texts = names.map(async (name) => [name, await readFile(join(folder, name), "utf8")]);
  return new Map((await Promise.all(texts)) as [string, string][]);
}

async function readRecord(): Promise<ApiRecord | undefined> {
  const text = await readFile(recordFile, "utf8").catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
