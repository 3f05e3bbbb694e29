import type { KnipConfig } from "knip";
import { entries } from "./scripts/entries.ts";

const config: KnipConfig = {
  workspaces: {
    ".": {
      entry: [
        ...entries.map(({ source }) => source),
        // Read by VitePress, which does not look for it at the root.
        "docs/.vitepress/config.ts",
        "docs/.vitepress/theme/index.ts",
        // Read by the compiler only.
        "test/**/*.test-d.ts",
        // Started as processes, by their paths.
        "test/support/programs/*",
        "test/webhooks/receiver/support/kill-child.ts",
        "test/runtimes/{cells,programs}/*",
        // Called by Lambda.
        "examples/lambda/handler.ts",
        // Loaded by the pages of an example.
        "examples/fleet/public/*.js",
        // Run by hand, on the version whose tables it keeps.
        "test/storage/fixtures/write.ts",
      ],
      ignoreDependencies: [
        // Read as a file, for the browser.
        "axe-core",
        // The oldest versions that are allowed, which stand for the newest ones in some tests.
        "ky20",
        "p-retry8",
        "zod43",
      ],
      ignoreBinaries: ["ip", "pg_dump", "script"],
    },
    bench: {
      // Started as processes, by their paths.
      entry: ["src/*-child.ts", "src/{,*-}server.ts"],
      // Bundled and measured by their folders.
      ignoreDependencies: ["p-retry", "zod"],
    },
    // What they need is installed in the cells of test/runtimes only, so that knip cannot see what belongs together.
    "examples/hono-worker": { ignoreBinaries: ["wrangler"], ignoreDependencies: ["wrangler"] },
    "examples/nest": { ignoreDependencies: ["reflect-metadata", "rxjs"] },
    "examples/next": { ignoreDependencies: ["react-dom"], ignoreBinaries: ["next"] },
    prism: {
      // Started by its path.
      ignoreDependencies: ["@stoplight/prism-cli"],
    },
  },
  ignoreExportsUsedInFile: { interface: true, type: true },
};

export default config;
