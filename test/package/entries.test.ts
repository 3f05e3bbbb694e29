import { readFile } from "node:fs/promises";
import { expect, it } from "vitest";
import { entries } from "../../scripts/entries.ts";

it("every entry is in the reference", async () => {
  const { entryPoints } = JSON.parse(await readFile("typedoc.json", "utf8"));
  expect([...entryPoints].sort()).toEqual(entries.map(({ source }) => source).sort());
});
