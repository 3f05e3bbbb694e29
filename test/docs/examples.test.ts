import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { renderPages } from "../../scripts/site/pages.ts";
import { TypePages } from "../../scripts/site/shared/types.ts";
import { compile, examplesIn, examplesOf, root } from "./support/compile-examples.ts";

const files = ["README.md"];
for await (const file of glob(["docs/index.md", "docs/guides/*.md", "src/**/*.ts"], { cwd: root }))
  files.push(file);
// Those of the pages of resources stand in doc comments.
const generated = [...(await renderPages(new TypePages(root, "docs/reference/api")))].filter(
  ([path]) => !path.startsWith("resources/"),
);
const examples = [
  ...files.sort().flatMap(examplesOf),
  ...generated.flatMap(([path, text]) => examplesIn(`docs/reference/${path}`, text)),
];

describe("the examples of the documentation", () => {
  let problems: Map<string, string[]>;

  beforeAll(() => {
    problems = compile(examples);
  });

  it.each(examples)("compile: $name", ({ name }) => {
    expect(problems.get(name)).toEqual([]);
  });

  it("are all fenced as ts, so that none goes unchecked", () => {
    const unfenced = files.filter((file) => {
      const text = readFileSync(root + file, "utf8");
      return /\* @example(?!\n\s*\* ```ts\n)/.test(text);
    });
    expect(unfenced).toEqual([]);
  });

  it("notice a call that the API does not have", () => {
    const wrong = {
      name: "wrong",
      code: 'import { Enode } from "enode-sdk";\nEnode.fromEnv().nothing();',
    };
    expect(compile([wrong]).get("wrong")).toEqual([
      "Property 'nothing' does not exist on type 'Enode'.",
    ]);
  });
});
