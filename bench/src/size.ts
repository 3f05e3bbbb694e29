import { gzipSync } from "node:zlib";
import { build, type Metafile } from "esbuild";
import { dependencies, Installation } from "./installation.ts";
import type { Section } from "./report.ts";
import { show, summarize } from "./statistics.ts";

/** Bytes of a bundle, gzipped. */
interface Bundle {
  /** What is loaded by `import { Enode }`. */
  entry: number;
  /** What is loaded only with the option `validate`. */
  lazy: number;
}

/** Bundle, installation and cold import. */
export async function measureSize(imports: number): Promise<Section> {
  const installation = await Installation.make();
  try {
    const own = await bundle(installation, 'export { Enode } from "enode-sdk";');
    const bareKy = await bundle(installation, 'export { default } from "ky";');
    const sizes = new Map<string, number>();
    for (const name of ["enode-sdk", ...dependencies, "zod"]) {
      sizes.set(name, await installation.sizeOf(name));
    }
    const times = await importTimes(installation, imports);
    return toSection(own, bareKy, sizes, times);
  } finally {
    await installation.remove();
  }
}

async function bundle(installation: Installation, contents: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: installation.folder, sourcefile: "entry.js" },
    absWorkingDir: installation.folder,
    outdir: "out",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "node",
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

interface ImportTimes {
  own: number[];
  ky: number[];
}

async function importTimes(installation: Installation, imports: number): Promise<ImportTimes> {
  const times: ImportTimes = { own: [], ky: [] };
  // The first one of each reads its files from the disk.
  await installation.importTime("ky");
  await installation.importTime("enode-sdk");
  for (let round = 0; round < imports; round++) {
    times.ky.push(await installation.importTime("ky"));
    times.own.push(await installation.importTime("enode-sdk"));
  }
  return times;
}

function toSection(
  own: Bundle,
  bareKy: Bundle,
  sizes: ReadonlyMap<string, number>,
  times: ImportTimes,
): Section {
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(2)} MB`;
  const size = (name: string) => sizes.get(name) ?? Number.NaN;
  const installed = ["enode-sdk", ...dependencies].reduce((sum, name) => sum + size(name), 0);
  const extra = summarize(times.own.map((time, index) => time - (times.ky[index] ?? Number.NaN)));
  return {
    title: "Size and import",
    about:
      "The packed package, unpacked into an empty project beside its dependencies. Bundles by esbuild: ESM, minified, with code splitting, gzip -9. Cold import: in a new process each time, in turns with ky, difference pair by pair.",
    tables: [
      {
        caption: "Bundle",
        head: ["", "gzipped"],
        rows: [
          ["`import { Enode }`, with ky and p-retry", kilobytes(own.entry)],
          ["ky alone", kilobytes(bareKy.entry)],
          ["loaded only for `validate`: schemas and zod", kilobytes(own.lazy)],
        ],
      },
      {
        caption: "Installed",
        head: ["", "unpacked"],
        rows: [...sizes].map(([name, bytes]) => [name, megabytes(bytes)]),
      },
      {
        caption: "Cold import",
        head: ["", "ms"],
        rows: [
          ["ky", show(summarize(times.ky), 1)],
          ["enode-sdk", show(summarize(times.own), 1)],
        ],
      },
    ],
    goals: [
      {
        what: "`import { Enode }` bundled, minified and gzipped, with ky and p-retry",
        limit: "≤ 20 kB",
        measured: kilobytes(own.entry),
        met: own.entry <= 20_000,
      },
      {
        what: "Installed, without zod",
        limit: "≤ 3 MB",
        measured: megabytes(installed),
        met: installed <= 3e6,
      },
      {
        what: "Cold import above that of ky",
        limit: "≤ 10 ms",
        measured: `${show(extra, 1)} ms`,
        met: extra.median <= 10,
      },
    ],
    wrong: 0,
  };
}
