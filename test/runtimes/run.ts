/**
 * Tries the packed package in the runtimes, frameworks, tools and versions of `cells/`, each in an empty folder.
 *
 *   node test/runtimes/run.ts                   all of them; writes docs/compatibility.md
 *   node test/runtimes/run.ts next "node 22"    those with one of these words in their group, name or version
 *
 *   --tarball <file>   a package that is packed already
 *   --all              a cell that cannot be tried here counts as one that fails
 *   --jobs <number>    how many at once; 2 by default
 *   --keep             leaves the folders, to look at
 *   --list             shows the cells
 */
import { execFile } from "node:child_process";
import { glob, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs, promisify } from "node:util";
import { type Cell, NotPossible } from "./support/cell.ts";
import { CellContext, nameOf } from "./support/context.ts";
import { type Outcome, toMarkdown, toTable } from "./support/report.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

const { values, positionals } = parseArgs({
  options: {
    tarball: { type: "string" },
    all: { type: "boolean", default: false },
    jobs: { type: "string", default: "2" },
    keep: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
  allowPositionals: true,
});

async function loadCells(): Promise<Cell[]> {
  const folder = join(root, "test/runtimes/cells");
  const files: string[] = [];
  for await (const file of glob("*.ts", { cwd: folder })) files.push(file);
  const modules = await Promise.all(
    files.sort().map((file) => import(pathToFileURL(join(folder, file)).href)),
  );
  // Each file of the folder exports its cells.
  return (modules as { cells: readonly Cell[] }[]).flatMap(({ cells }) => cells);
}

function isWanted({ group, name, versions }: Cell): boolean {
  const text = [group, name, ...versions].join(" ").toLowerCase();
  return positionals.length === 0 || positionals.some((word) => text.includes(word.toLowerCase()));
}

async function pack(folder: string): Promise<string> {
  const command = ["pack", "--json", "--pack-destination", folder];
  const { stdout } = await promisify(execFile)("npm", command, { cwd: root, maxBuffer: 1e8 });
  // The report stands behind what the build prints.
  const [{ filename }] = JSON.parse(stdout.slice(stdout.search(/^\[$/m))) as [{ filename: string }];
  return join(folder, filename);
}

async function runCell(cell: Cell, tarball: string, work: string, index: number): Promise<Outcome> {
  const folder = join(work, `cell-${index}`);
  await mkdir(folder);
  const seconds = cell.limit ?? 300;
  const controller = new AbortController();
  const context = new CellContext(folder, tarball, controller.signal);
  const begun = performance.now();
  const timeout = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    controller.abort();
    timeout.reject(new Error(`It took more than ${seconds} s`));
  }, seconds * 1000);
  const outcome = await Promise.race([cell.run(context), timeout.promise]).then(
    (note = ""): Pick<Outcome, "result" | "note"> => ({ result: "works", note }),
    (error: unknown) => ({
      result: error instanceof NotPossible ? ("not tried" as const) : ("fails" as const),
      // Where the folder was says nothing.
      note: (error instanceof Error ? error.message : String(error)).replaceAll(`${folder}/`, ""),
    }),
  );
  clearTimeout(timer);
  context.close();
  const [first = ""] = cell.versions;
  const version = await context.versionOf(nameOf(first)).catch(() => "");
  if (!values.keep) await rm(folder, { recursive: true, force: true });
  const took = Math.round((performance.now() - begun) / 1000);
  const done = { cell, version, seconds: took, ...outcome };
  console.log(toTable([done]));
  if (outcome.result === "fails") console.log(outcome.note.replaceAll(/^/gm, "    ").slice(-4_000));
  return done;
}

const cells = (await loadCells()).filter(isWanted);
if (values.list) {
  for (const { group, name, versions } of cells)
    console.log(`${group}: ${name} (${versions.join(", ")})`);
  process.exit();
}
if (cells.length === 0) throw new Error(`No cell has "${positionals.join('" or "')}" in its name`);
const work = await mkdtemp(join(tmpdir(), "enode-matrix-"));
const tarball = values.tarball ?? (await pack(work));
const outcomes: Outcome[] = [];
const waiting = cells.map((cell, index) => ({ cell, index }));
async function worker(): Promise<void> {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    outcomes[next.index] = await runCell(next.cell, tarball, work, next.index);
  }
}
await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
if (!values.keep) await rm(work, { recursive: true, force: true });
else console.log(`Folders: ${work}`);
console.log(`\n${toTable(outcomes)}`);
if (positionals.length === 0) {
  await writeFile(join(root, "docs/compatibility.md"), toMarkdown(outcomes));
}
const failed = outcomes.filter(
  ({ result }) => result === "fails" || (values.all && result === "not tried"),
);
console.log(`${outcomes.length - failed.length} cells passed, ${failed.length} failed`);
process.exitCode = failed.length > 0 ? 1 : 0;
