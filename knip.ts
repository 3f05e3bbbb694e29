import type { KnipConfig } from "knip";
import { entries } from "./scripts/entries.ts";

/** What is still exported for nobody. Issue 12 is to take it away. */
const left: Readonly<Record<string, ("exports" | "types")[]>> = {
  "scripts/generate/references.ts": ["exports"],
  "src/auth/client-credentials.ts": ["exports"],
  "src/sandbox/pages/control/device-list.ts": ["exports"],
  "src/sandbox/shared/time/clock.ts": ["exports"],
};

const config: KnipConfig = {
  workspaces: {
    ".": {
      entry: [
        ...entries.map(({ source }) => source),
        // Read by the compiler only.
        "test/**/*.test-d.ts",
        // Started as processes, by their paths.
        "test/support/programs/*",
        "test/webhooks/receiver/support/kill-child.ts",
        "test/runtimes/{cells,programs}/*",
      ],
      ignoreDependencies: [
        // Read as a file, for the browser.
        "axe-core",
        // The oldest versions that are allowed, which stand for the newest ones in some tests.
        "ky20",
        "p-retry8",
        "zod43",
        // Names of variables, for a function called `require`.
        /^ENODE_/,
      ],
      ignoreBinaries: ["ip"],
    },
    bench: {
      // Started as processes, by their paths.
      entry: ["src/*-child.ts", "src/{,*-}server.ts"],
      // Bundled and measured by their folders.
      ignoreDependencies: ["p-retry", "zod"],
    },
    prism: {
      // Started by its path.
      ignoreDependencies: ["@stoplight/prism-cli"],
    },
  },
  ignoreExportsUsedInFile: { interface: true, type: true },
  ignoreIssues: left,
  treatConfigHintsAsErrors: true,
};

export default config;
