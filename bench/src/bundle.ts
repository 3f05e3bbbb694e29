import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import type { Installation } from "./installation.ts";

/** Bytes of a bundle, gzipped. */
export interface Bundle {
  /** What is loaded by the import itself. */
  entry: number;
  /** What is loaded only with the option `validate`, or to tell what is wrong. */
  lazy: number;
}

/** Bundles a line of code for Node, as an app that has the package installed would. */
export async function bundle(
  installation: Installation,
  contents: string,
  external: readonly string[] = [],
): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: installation.folder, sourcefile: "entry.js" },
    absWorkingDir: installation.folder,
    outdir: "out",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
    external: [...external],
    metafile: true,
    write: false,
  });
  const sizes = new Map(
    outputFiles.map(({ path, contents }) => [
      path.replaceAll("\\", "/").split("/").at(-1) ?? "",
      gzipSync(contents, { level: 9 }).byteLength,
    ]),
  );
  const needed = staticOutputs(metafile.outputs);
  const sum = (wanted: (file: string) => boolean) =>
    [...sizes].reduce((bytes, [file, size]) => (wanted(file) ? bytes + size : bytes), 0);
  return {
    entry: sum((file) => needed.has(file)),
    lazy: sum((file) => !needed.has(file)),
  };
}

/** The entry with all that it imports before it runs. */
function staticOutputs(outputs: Metafile["outputs"]): Set<string> {
  const name = (path: string) => path.split("/").at(-1) ?? "";
  const needed = new Set<string>();
  const follow = (path: string) => {
    if (needed.has(name(path))) return;
    needed.add(name(path));
    for (const { kind, path: next, external } of outputs[path]?.imports ?? []) {
      if (kind === "import-statement" && !external) follow(next);
    }
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) {
    if (entryPoint?.endsWith("entry.js")) follow(path);
  }
  return needed;
}
