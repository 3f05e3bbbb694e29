import { type Bundle, bundle } from "./bundle.ts";
import { dependencies, Installation } from "./installation.ts";
import type { Section } from "./report.ts";
import { show, summarize } from "./statistics.ts";

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
