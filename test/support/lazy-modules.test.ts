import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

it("tests with a fake clock load every module that the library loads when it needs it", () => {
  const text = readFileSync(new URL("lazy-modules.ts", import.meta.url), "utf8");
  const loaded = Array.from(text.matchAll(/^import "\.\.\/\.\.\/(.+)";$/gm), ([, path]) => path);
  expect(loaded.sort()).toEqual(globSync("src/**/*.lazy.ts", { cwd: root }).sort());
});

// The sandbox and the engines load no module late, and one file is about modules that cannot be loaded.
const exempt = /^test\/(?:sandbox|storage)\/|\/unloaded\.test\.ts$/;
const textsWithFakeClock = globSync("test/**/*.test.ts", { cwd: root })
  .filter((file) => !exempt.test(file))
  .map((file) => ({ file, text: readFileSync(`${root}${file}`, "utf8") }))
  .filter(({ text }) => /vi\.useFakeTimers\(/.test(text));

it.each(textsWithFakeClock)("$file does so", ({ text }) => {
  expect(text).toMatch(/support\/(?:clock|lazy-modules)\.ts"/);
});
