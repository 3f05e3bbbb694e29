import type { Options } from "tsup";

const shared: Options = {
  entry: {
    index: "src/index.ts",
    schemas: "src/schemas.ts",
    storage: "src/storage/index.ts",
    sandbox: "src/sandbox/index.ts",
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
    format: "esm",
    clean: true,
    dts: true,
    external: [/^node:/, "ky", "p-retry", "zod"],
  },
  {
    ...shared,
    format: "cjs",
    dts: true,
    // ky and p-retry ship ESM only, which Jest and older bundlers cannot require.
    noExternal: ["ky", "p-retry", "is-network-error"],
  },
];

export default configs;
