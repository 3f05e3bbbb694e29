import { globSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { configDefaults, type ViteUserConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { isLong } from "./test/support/long.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Every process that a test starts, and every worker, finds the sources already compiled.
process.env["NODE_COMPILE_CACHE"] ??= at("./node_modules/.cache/compile");

/** They replace modules or globals, load what does so, or count timers: each runs in a process of its own. */
const alone = [
  "test/activity/recorder.test.ts",
  "test/auth/{shared-token,token-manager,token-request,token-store}.test.ts",
  "test/core/{deadline,host-limits,msw}.test.ts",
  "test/docs/webhooks.test.ts",
  "test/errors/errors.test.ts",
  "test/resources/actions.test.ts",
  "test/runtime/{builtin,sleep}.test.ts",
  "test/runtime/hmac/*.test.ts",
  "test/sandbox/webhooks/deliveries.test.ts",
  "test/storage/sqlite/locks.test.ts",
  "test/undici/tls.test.ts",
  "test/webhooks/adapters/{frameworks,node}.test.ts",
  "test/webhooks/receiver/**/*.test.ts",
  "test/webhooks/verification/*.test.ts",
];
/** Tests of the pipeline over a real server: they run with both transports. */
const overLoopback = globSync("test/{core,auth}/**/*.test.ts", { cwd: at(".") }).filter((file) =>
  readFileSync(at(file), "utf8").includes('support/loopback.ts"'),
);
const exclude = [...configDefaults.exclude, ...(isLong ? [] : ["**/*.long.test.ts"])];

/** They take longest, and are no large files: begun last, they would have all the others waited for them. */
const longest = /\/(?:resilience\.long|resilience|life|simulation|storm|maintenance)\.test\.ts$/;

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification) => (longest.test(moduleId) ? 0 : 1);
    const byProject = Map.groupBy(sorted, ({ project }) => project);
    return [...byProject.values()].flatMap((group) => group.sort((a, b) => rank(a) - rank(b)));
  }
}

const config: ViteUserConfig = {
  resolve: {
    alias: [
      { find: /^enode-sdk$/, replacement: at("./src/index.ts") },
      // Every other entry is the index of a folder of its name.
      { find: /^enode-sdk\/(.+)$/, replacement: `${at("./src")}/$1/index.ts` },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        // Loading the sources for each file took a third of the time.
        test: {
          name: "shared",
          include: ["test/**/*.test.ts"],
          exclude: [...exclude, ...alone],
          isolate: false,
          setupFiles: ["test/support/leave-no-traces.ts"],
        },
      },
      { extends: true, test: { name: "alone", include: alone, exclude } },
      {
        extends: true,
        test: {
          name: "undici",
          include: overLoopback,
          // These are about the other one, or have their clients in other processes.
          exclude: [
            ...exclude,
            "test/core/ky-sender.test.ts",
            "test/auth/{one-process,processes}.test.ts",
          ],
          env: { ENODE_TEST_TRANSPORT: "undici" },
        },
      },
    ],
    globalSetup: ["test/support/say-what-is-short.ts"],
    setupFiles: ["test/setup.ts"],
    sequence: { sequencer: LongestFirst },
    // Many tests wait for another process or for a server.
    maxWorkers: availableParallelism() + 2,
    // Off so that a test file shows where each name comes from.
    globals: false,
    restoreMocks: true,
    // Long enough for any machine: a test that hangs fails, a slow one does not.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    unstubEnvs: true,
    typecheck: { enabled: false },
  },
};

export default config;
