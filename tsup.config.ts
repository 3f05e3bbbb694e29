import type { Options } from "tsup";
import { entries as all } from "./scripts/entries.ts";

/** By the names of their files in dist. */
const entries = Object.fromEntries(all.map(({ file, source }) => [file, source]));

const shared: Options = {
  entry: {
    ...entries,
    // Files of their own, so that bundlers need not take all of the entry for a part of it.
    "webhooks/verify": "src/webhooks/verification/verify.ts",
    "webhooks/receiving": "src/webhooks/receiving.ts",
  },
  target: "node22",
  platform: "neutral",
  external: [/^node:/],
  splitting: true,
  // Deno and workerd know the modules of Node only by their full names.
  removeNodeProtocol: false,
};

const configs: Options[] = [
  {
    ...shared,
    entry: { ...shared.entry, cli: "src/cli/index.ts" },
    format: "esm",
    clean: true,
    // scripts/require-declarations.ts makes those for require() of these.
    dts: { entry: entries },
    // Drops the imports between files that are left where a bundler cannot tell whether they are needed.
    treeshake: { moduleSideEffects: false },
    external: [/^node:/, "ky", "p-retry", "zod"],
  },
  {
    ...shared,
    format: "cjs",
    // Puts something in place of import.meta.url, which modules for require() do not have.
    shims: true,
    // ky and p-retry ship ESM only, which Jest and older bundlers cannot require.
    noExternal: ["ky", "p-retry", "is-network-error"],
  },
];

export default configs;
