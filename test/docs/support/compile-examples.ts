import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The folder of the project. */
export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

/** A program of the documentation. */
export interface Example {
  /** File and line, for the report. */
  name: string;
  code: string;
}

/** The ```ts blocks of a file of the project. In source files they stand in doc comments, behind ` * `. */
export function examplesOf(file: string): Example[] {
  return examplesIn(file, readFileSync(root + file, "utf8"));
}

/** The ```ts blocks of a text. */
export function examplesIn(file: string, text: string): Example[] {
  return [...text.matchAll(/^[ \t]*(?:\* )?```ts\n([\s\S]*?)^[ \t]*(?:\* )?```/gm)].map(
    (match) => ({
      name: `${file}:${text.slice(0, match.index).split("\n").length}`,
      code: (match[1] ?? "").replaceAll(/^[ \t]*\* ?/gm, file.endsWith(".ts") ? "" : "$&"),
    }),
  );
}

/** Compiles examples in one program, each as a module of its own beside package.json. */
export function compile(examples: Example[]): Map<string, string[]> {
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
