import { readFileSync } from "node:fs";
import { glob } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

interface Example {
  /** File and line, for the report. */
  name: string;
  code: string;
}

/** The ```ts blocks of a file. In source files they stand in doc comments, behind ` * `. */
function examplesOf(file: string): Example[] {
  const text = readFileSync(root + file, "utf8");
  return [...text.matchAll(/^[ \t]*(?:\* )?```ts\n([\s\S]*?)^[ \t]*(?:\* )?```/gm)].map(
    (match) => ({
      name: `${file}:${text.slice(0, match.index).split("\n").length}`,
      code: (match[1] ?? "").replaceAll(/^[ \t]*\* ?/gm, file.endsWith(".ts") ? "" : "$&"),
    }),
  );
}

/** Compiles examples in one program, each as a module of its own beside package.json. */
function compile(examples: Example[]): Map<string, string[]> {
  const sources = new Map(examples.map(({ code }, index) => [`${root}example-${index}.ts`, code]));
  const config = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  // An example may declare what it does not go on to use, and need not annotate what it exports.
  const lenient = { noUnusedLocals: false, declaration: false, isolatedDeclarations: false };
  const host = ts.createCompilerHost({ ...options, ...lenient });
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => sources.has(file) || fileExists(file);
  host.readFile = (file) => sources.get(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const code = sources.get(file);
    return code === undefined
      ? getSourceFile(file, ...rest)
      : ts.createSourceFile(file, `${code}\nexport {};\n`, rest[0]);
  };
  const program = ts.createProgram(
    [...sources.keys()],
    { ...options, ...lenient, noEmit: true },
    host,
  );
  return new Map(
    [...sources.keys()].map((file, index) => [
      examples[index]?.name ?? file,
      ts
        .getPreEmitDiagnostics(program, program.getSourceFile(file))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n")),
    ]),
  );
}

const files = ["README.md"];
for await (const file of glob(["docs/guides/*.md", "src/**/*.ts"], { cwd: root })) files.push(file);
const examples = files.sort().flatMap(examplesOf);

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
