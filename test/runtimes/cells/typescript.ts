import type { Cell } from "../support/cell.ts";

const STRICT =
  "--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --skipLibCheck false --target es2022";

/** What all entries together, the check of the libraries and of an empty project included, may cost a compiler. */
const MAX_INSTANTIATIONS = 60_000;
/** The same in TypeScript 7, which counts 9,000 more in an empty project, and 7,000 more in zod's core. */
const MAX_INSTANTIATIONS_7 = 65_000;

/** Ways to resolve modules, with the versions that know them. */
const RESOLUTIONS = [
  { name: "nodenext, ES module", flags: "--module nodenext", file: "all.mts" },
  { name: "nodenext, CommonJS", flags: "--module nodenext", file: "all.cts" },
  { name: "bundler", flags: "--module esnext --moduleResolution bundler", file: "all.ts" },
  // The declarations of zod ask for the interop, without which they do not pass their own check.
  {
    name: "node10",
    flags: "--module commonjs --moduleResolution node10 --esModuleInterop",
    file: "all.ts",
  },
] as const;

const NO_DOM = "--lib es2022 --types node";
const DOM = "--lib es2022,dom,dom.iterable --types node";

function typescript(version: string): Cell {
  const major = Number(version.split(".")[0]);
  return {
    group: "TypeScript",
    name: `TypeScript ${version}, libraries checked`,
    versions: [`typescript@${version}`],
    async run(context) {
      await context.install([`typescript@${version}`, "@types/node@22"]);
      const code = await context.program("types.ts");
      await context.write({ "all.ts": code, "all.mts": code, "all.cts": code });
      const done: string[] = [];
      const failures: string[] = [];
      let most = 0;
      for (const resolution of RESOLUTIONS) {
        const isOld = resolution.name === "node10";
        if (isOld && major >= 7) continue;
        done.push(resolution.name);
        // What the two libraries declare alike is compared once: it does not depend on how modules are found.
        const libraries = resolution.name === "bundler" ? [NO_DOM, DOM] : [NO_DOM];
        for (const library of libraries) {
          const flags = `${STRICT} ${resolution.flags} ${library}`;
          const deprecated = isOld && major === 6 ? ["--ignoreDeprecations", "6.0"] : [];
          const command = [...flags.split(" "), ...deprecated, "--extendedDiagnostics"];
          try {
            const report = await context.bin("tsc", [...command, resolution.file]);
            const count = Number(/^Instantiations:\s+(\d+)/m.exec(report)?.[1]);
            // The declarations of the DOM are no part of ours.
            if (library === NO_DOM) most = Math.max(most, count);
          } catch (error) {
            failures.push(`${resolution.name}, ${library}: ${(error as Error).message}`);
          }
        }
      }
      if (failures.length > 0) throw new Error(failures.join("\n"));
      // NaN too, which is what a report that cannot be read comes to.
      const limit = major >= 7 ? MAX_INSTANTIATIONS_7 : MAX_INSTANTIATIONS;
      if (!(most <= limit)) throw new Error(`Error: ${most} instantiations`);
      return `${done.join("; ")}; with and without DOM; ${most} instantiations`;
    },
  };
}

export const cells: readonly Cell[] = ["5.4", "5.9", "6", "7"].map(typescript);
