import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What vitest's JSON reporter tells of one test. */
interface Outcome {
  readonly status: string;
  readonly failureMessages: readonly string[];
}

let folder: string;
let outcomes: readonly Outcome[];

/** Runs the test files of the guide with a vitest of its own, as somebody who copies them does. */
async function run(): Promise<readonly Outcome[]> {
  const guide = await readFile(join(root, "docs/guides/testing.md"), "utf8");
  const files = [...guide.matchAll(/^```ts\n([\s\S]*?)^```/gm)]
    .map(([, code = ""]) => code)
    .filter((code) => code.includes('from "vitest"'));
  await Promise.all(
    files.map((code, index) => writeFile(join(folder, `guide-${index}.test.ts`), code)),
  );
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  // What their sandboxes are asked and answer is held against the description too.
  const config = `import base from ${JSON.stringify(join(root, "vitest.config.ts"))};
export default {
  resolve: base.resolve,
  server: { fs: { strict: false } },
  test: {
    include: ["*.test.ts"],
    setupFiles: [${JSON.stringify(join(root, "test/setup.ts"))}],
    testTimeout: 60_000, // a busy machine is no fault of the guide
  },
};`;
  await writeFile(join(folder, "vitest.config.ts"), config);
  const report = join(folder, "report.json");
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const options = ["run", "--root", folder, "--reporter=json", `--outputFile=${report}`];
  const { VITEST: _, ...env } = process.env;
  // It ends with 1 when a test fails, which the report tells better.
  const { stderr } = await promisify(execFile)(process.execPath, [vitest, ...options], {
    cwd: folder,
    env,
  }).catch((error: { stderr: string }) => error);
  const text = await readFile(report, "utf8").catch(() => {
    throw new Error(`vitest has not run: ${stderr}`);
  });
  // The reporter's own format.
  const { testResults } = JSON.parse(text) as {
    testResults: { message: string; assertionResults: Outcome[] }[];
  };
  expect(testResults.map(({ message }) => message).join("")).toBe("");
  expect(testResults).toHaveLength(files.length);
  return testResults.flatMap(({ assertionResults }) => assertionResults);
}

describe("the tests of the guide to testing", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "enode-guide-"));
    outcomes = await run();
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("pass", () => {
    expect(outcomes.flatMap(({ failureMessages }) => failureMessages)).toEqual([]);
    expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => "passed"));
    expect(outcomes.length).toBeGreaterThanOrEqual(4);
  });
});
