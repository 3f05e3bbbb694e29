import { glob, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../src/sandbox/", import.meta.url));

it("the sandbox imports modules of Node when it needs them only: bundles of it start where there are none", async () => {
  const found: string[] = [];
  let count = 0;
  for await (const file of glob("**/*.ts", { cwd: root })) {
    count += 1;
    const text = await readFile(root + file, "utf8");
    if (/^import (?!type)[^;]*? from "node:/m.test(text)) found.push(file);
  }
  expect(count).toBeGreaterThan(100);
  expect(found).toEqual([]);
});
