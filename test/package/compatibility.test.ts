import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { root } from "./install.ts";

const read = (file: string) => readFile(`${root}${file}`, "utf8");

/** The rows of the table: what was tried, and whether it works. */
const rows = (await read("docs/compatibility.md"))
  .split("\n")
  .filter((line) => /^\| (?!---|\| version )/.test(line))
  .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| /, "").trim()))
  .map(([name = "", version = "", works = ""]) => ({ name, version, works }));

/** The versions of those whose name begins so, oldest first. */
const versionsOf = (name: string) =>
  rows.filter((row) => row.name.startsWith(`${name} `)).map(({ version }) => version);

describe("the table of compatibility", () => {
  it("has no place in which the package was seen to fail, or was not tried", () => {
    expect(rows.length).toBeGreaterThan(60);
    expect(rows.filter(({ works }) => works !== "yes")).toEqual([]);
  });

  it("begins with the oldest node that package.json allows", async () => {
    const { engines } = JSON.parse(await read("package.json"));
    const [oldest = ""] = versionsOf("Node");
    expect(engines.node).toBe(`>=${/\d+\.\d+/.exec(oldest)?.[0]}`);
  });

  it("is what the readme says of runtimes", async () => {
    const [sentence = ""] = /Needs Node\.js [^\n]*/.exec(await read("README.md")) ?? [];
    const oldest = ["Node", "Bun", "Deno"].map((name) => {
      const [version = ""] = versionsOf(name);
      return /\d+\.\d+/.exec(version)?.[0];
    });
    expect(sentence).toBe(
      `Needs Node.js ${oldest[0]}, Bun ${oldest[1]} (for SQLite 1.4), Deno ${oldest[2]} or newer, or Cloudflare Workers. ESM and CommonJS, types`,
    );
    expect(rows.map(({ name }) => name).join("\n")).toContain("Cloudflare Workers");
  });
});
