/**
 * Proves that the rules of the pipeline are tested: takes them out of a copy of the source, one by one,
 * and runs the tests that should notice.
 *
 *     npm run check:rules -- [--texts] [part of a rule's name or file]
 *
 * Exits 1 if a removal was not noticed, or if the text of a rule is no longer found in the source. With `--texts`
 * it only looks for the texts, which takes a second.
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { transform } from "esbuild";
import { authRules } from "./auth.ts";
import { cliRules } from "./cli.ts";
import { coreRules } from "./core.ts";
import { historyRules } from "./history.ts";
import { mirrorRules } from "./mirror.ts";
import { otelRules } from "./otel.ts";
import { resourcesRules } from "./resources.ts";
import type { Rule } from "./rule.ts";
import { sandboxRules } from "./sandbox.ts";
import { storageRules } from "./storage.ts";
import { undiciRules } from "./undici.ts";
import { webhooksRules } from "./webhooks.ts";
import { webhooksBatchesRules } from "./webhooks-batches.ts";
import { webhooksOutagesRules } from "./webhooks-outages.ts";

const rules = [
  ...authRules,
  ...coreRules,
  ...resourcesRules,
  ...webhooksRules,
  ...webhooksBatchesRules,
  ...webhooksOutagesRules,
  ...storageRules,
  ...mirrorRules,
  ...historyRules,
  ...sandboxRules,
  ...undiciRules,
  ...otelRules,
  ...cliRules,
];

const root = fileURLToPath(new URL("../..", import.meta.url));
const vitest = join("node_modules", "vitest", "vitest.mjs");
/** For one run of the tests. A removal can make them hang, which is noticed too. */
const timeLimit = 180_000;

const { values, positionals } = parseArgs({
  options: { texts: { type: "boolean", default: false } },
  allowPositionals: true,
});
const [wanted = ""] = positionals;
const chosen = rules.filter(({ rule, file }) => rule.includes(wanted) || file.includes(wanted));

const removals = await Promise.all(chosen.map(async (rule) => ({ rule, ...(await remove(rule)) })));
const stale = removals.filter(({ fault }) => fault !== undefined);
for (const { rule, fault } of stale) console.log(`${fault}  ${rule.rule}  (${rule.file})`);
if (values.texts) {
  console.log(
    `${chosen.length - stale.length} of ${chosen.length} rules are where they are quoted.`,
  );
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  await runAll();
}

/** Takes every rule out, one after the other, and runs its tests. */
async function runAll(): Promise<void> {
  const copy = await mkdtemp(join(tmpdir(), "check-rules-"));
  try {
    for (const part of [
      "src",
      "generated",
      "openapi",
      "test",
      "package.json",
      "tsconfig.json",
      "vitest.config.ts",
    ]) {
      await cp(join(root, part), join(copy, part), { recursive: true });
    }
    await symlink(join(root, "node_modules"), join(copy, "node_modules"));

    const tests = [...new Set(chosen.flatMap((rule) => rule.tests))];
    if (!(await passes(copy, tests))) {
      throw new Error("The tests fail on the source as it is, so they can tell nothing.");
    }
    let noticed = 0;
    for (const { rule, source, without } of removals) {
      if (without === undefined) continue;
      const path = join(copy, rule.file);
      await writeFile(path, without);
      const survived = await passes(copy, rule.tests);
      await writeFile(path, source);
      if (!survived) noticed++;
      console.log(`${survived ? "SURVIVED" : "noticed "}  ${rule.rule}  (${rule.file})`);
    }
    console.log(`\n${noticed} of ${chosen.length} removals were noticed.`);
    process.exitCode = noticed === chosen.length ? 0 : 1;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

/** The source of a rule as it is and without the rule, or what is wrong with the quote. */
async function remove({
  file,
  find,
  replace,
}: Rule): Promise<{ source: string; without?: string; fault?: string }> {
  const source = await readFile(join(root, file), "utf8");
  if (source.split(find).length !== 2) return { source, fault: "NOT FOUND" };
  // As a function, so that no $ in the text has a meaning.
  const without = source.replace(find, () => replace);
  try {
    // What does not even parse would fail any test.
    await transform(without, { loader: "ts" });
  } catch {
    return { source, fault: "NO SYNTAX" };
  }
  return { source, without };
}

function passes(copy: string, tests: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      // Without a rule many a test hangs: that is noticed soon enough.
      [vitest, "run", "--bail=1", "--reporter=dot", "--testTimeout=10000", ...tests],
      {
        cwd: copy,
        // What is random finds a missing rule when it runs long.
        env: { ...process.env, ENODE_TEST_LONG: "1" },
        timeout: timeLimit,
        maxBuffer: 2 ** 28,
      },
      (error) => resolve(error === null),
    );
  });
}
