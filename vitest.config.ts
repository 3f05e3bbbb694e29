import { fileURLToPath } from "node:url";
import type { ViteUserConfig } from "vitest/config";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const config: ViteUserConfig = {
  resolve: {
    alias: [
      { find: /^enode-sdk$/, replacement: at("./src/index.ts") },
      // Every other entry is the index of a folder of its name.
      { find: /^enode-sdk\/(.+)$/, replacement: `${at("./src")}/$1/index.ts` },
    ],
  },
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: ["test/setup.ts"],
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
