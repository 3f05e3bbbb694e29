import { rename } from "node:fs/promises";
import { type Cell, expectText } from "../support/cell.ts";
import type { CellContext } from "../support/context.ts";

/** Bundles with all dependencies, and runs the bundles where there is nothing to import from. */
function bundler(
  name: string,
  packages: readonly string[],
  files: Readonly<Record<string, string>>,
  bundle: (context: CellContext) => Promise<unknown>,
  bundles: readonly string[],
): Cell {
  return {
    group: "Bundlers",
    name,
    versions: packages,
    async run(context) {
      await context.install(packages);
      await context.writeProbe();
      await context.write(files);
      await bundle(context);
      const [modules, away] = [context.path("node_modules"), context.path("away")];
      await rename(modules, away);
      try {
        for (const file of bundles) expectText(await context.node([file]), "SQLite");
      } finally {
        await rename(away, modules);
      }
      return `bundles of ${bundles.length === 1 ? "ES modules" : "ES modules and CommonJS"} run without node_modules`;
    },
  };
}

const WEBPACK = `import { fileURLToPath } from "node:url";
const path = fileURLToPath(new URL("out", import.meta.url));
const shared = { mode: "production", target: "node22", devtool: false };
export default [
  { ...shared, entry: "./main.mjs", experiments: { outputModule: true }, output: { path, filename: "main.mjs", chunkFilename: "[id].mjs", module: true, chunkFormat: "module", library: { type: "module" } } },
  { ...shared, entry: "./main.cjs", output: { path: path + "-cjs", filename: "main.cjs", chunkFilename: "[id].cjs" } },
];
`;

const ROLLUP = `import commonjs from "@rollup/plugin-commonjs";
import resolve from "@rollup/plugin-node-resolve";
export default {
  input: "main.mjs",
  external: [/^node:/],
  output: { dir: "out", format: "esm", entryFileNames: "[name].mjs", chunkFileNames: "[name]-[hash].mjs" },
  plugins: [resolve({ exportConditions: ["node"], preferBuiltins: true }), commonjs()],
};
`;

const VITE = `export default {
  ssr: { noExternal: true },
  build: { ssr: "main.mjs", target: "node22", outDir: "out", rollupOptions: { output: { entryFileNames: "[name].mjs" } } },
};
`;

export const cells: readonly Cell[] = [
  bundler(
    "esbuild",
    ["esbuild@0.28"],
    {},
    async (context) => {
      const shared = ["--bundle", "--platform=node", "--target=node22", "--minify"];
      const esm = ["--format=esm", "--splitting", "--out-extension:.js=.mjs", "--outdir=out"];
      await context.bin("esbuild", ["main.mjs", ...shared, ...esm]);
      await context.bin("esbuild", [
        "main.cjs",
        ...shared,
        "--format=cjs",
        "--outfile=out/main.cjs",
      ]);
    },
    ["out/main.mjs", "out/main.cjs"],
  ),
  ...["5", "8"].map((version) =>
    bundler(
      `Vite ${version}, SSR`,
      [`vite@${version}`],
      { "vite.config.mjs": VITE },
      (context) => context.bin("vite", ["build"]),
      ["out/main.mjs"],
    ),
  ),
  bundler(
    "webpack 5",
    ["webpack@5", "webpack-cli@6"],
    { "webpack.config.mjs": WEBPACK },
    (context) => context.bin("webpack", ["--config", "webpack.config.mjs"]),
    ["out/main.mjs", "out-cjs/main.cjs"],
  ),
  bundler(
    "Rollup 4",
    ["rollup@4", "@rollup/plugin-node-resolve@16", "@rollup/plugin-commonjs@29"],
    { "rollup.config.mjs": ROLLUP },
    (context) => context.bin("rollup", ["--config", "rollup.config.mjs"]),
    ["out/main.mjs"],
  ),
  bundler(
    "Rolldown 1",
    ["rolldown@1"],
    {},
    (context) =>
      context.bin("rolldown", [
        "main.mjs",
        "--platform",
        "node",
        "--format",
        "esm",
        "--dir",
        "out",
        "--entry-file-names",
        "[name].mjs",
      ]),
    ["out/main.mjs"],
  ),
];
