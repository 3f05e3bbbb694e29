import { nodePackage } from "../support/binaries.ts";
import { type Cell, expectText } from "../support/cell.ts";

// As a program that asks for what newer versions allow: require() of an ES module would hide a wrong CommonJS build.
const FLAGS = ["--no-experimental-require-module"];

const programs = ["main.mjs", "main.cjs"] as const;

function node(range: string): Cell {
  return {
    group: "Node.js",
    name: `Node ${range}, ES modules and CommonJS`,
    versions: [`${nodePackage}@${range}`],
    async run(context) {
      await context.install([`${nodePackage}@${range}`]);
      await context.writeProbe();
      const binary = context.path("node_modules", nodePackage, "bin/node");
      for (const program of programs) {
        expectText(await context.exec(binary, [...FLAGS, program]), "SQLite");
      }
      return undefined;
    },
  };
}

export const cells: readonly Cell[] = ["22.13", "22", "24", "26"].map(node);
