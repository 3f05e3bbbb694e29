/**
 * Writes the declarations for `require` in terms of those for `import`, so that each class is declared once. To TypeScript
 * two declarations of a class with private members are two classes: a program with files of both kinds could not hand an
 * `Enode` from one to the other, although that works.
 */
import { globSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const root = fileURLToPath(new URL("../", import.meta.url));

interface Conditions {
  import: { types: string; default: string };
  require: { types: string };
}

const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
  exports: Record<string, Conditions | string>;
};
await moveParts();

const entries = Object.values(exports).filter((target) => typeof target !== "string");
const files = entries.map((entry) => join(root, entry.import.types));
const program = ts.createProgram(files, {
  module: ts.ModuleKind.NodeNext,
  target: ts.ScriptTarget.ES2023,
  types: ["node"],
});
const checker = program.getTypeChecker();

for (const entry of entries) {
  if (entry === exports["./schemas"]) {
    // zod's types are not the same for `import` and `require` either, so that only ours are taken from there.
    const declarations = await readFile(join(root, entry.import.types), "utf8");
    await writeFile(
      join(root, entry.require.types),
      declarations.replace(
        /^import (\{[^}]*\} from '\.[^']*');$/gm,
        'import type $1 with { "resolution-mode": "import" };',
      ),
    );
    continue;
  }
  const module: object = await import(join(root, entry.import.default));
  const isValue = (name: string) => Object.hasOwn(module, name);
  await writeFile(join(root, entry.require.types), declarationsOf(entry.import.types, isValue));
}
function declarationsOf(types: string, isValue: (name: string) => boolean): string {
  const source = program.getSourceFile(join(root, types));
  const module = source && checker.getSymbolAtLocation(source);
  if (!module) throw new Error(`${types} is not there: build first.`);
  const file = basename(types).replace(/\.d\.ts$/, ".js");
  const from = `"./${file}" with { "resolution-mode": "import" }`;
  const exported = checker.getExportsOfModule(module);
  const typesOnly = exported.map(({ name }) => name).filter((name) => !isValue(name));
  const values = exported.filter(({ name }) => isValue(name)).map(declarationOf);
  const list = `{ ${typesOnly.sort().join(", ")} }`;
  return `import type * as esm from ${from};
import type ${list} from ${from};
export type ${list};
${values.join("\n")}
`;
}

function declarationOf(symbol: ts.Symbol): string {
  const { name } = symbol;
  const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const value = `${docsOf(target)}export declare const ${name}: typeof esm.${name};`;
  const declaration = target.declarations?.find(ts.isClassDeclaration);
  if (!declaration) return value;
  // A class is the type of its instances, too.
  const parameters = declaration.typeParameters ?? [];
  const declared = inBrackets(parameters.map((parameter) => parameter.getText()));
  const passed = inBrackets(parameters.map((parameter) => parameter.name.getText()));
  return `${value}\nexport type ${name}${declared} = esm.${name}${passed};`;
}

function inBrackets(parameters: readonly string[]): string {
  return parameters.length > 0 ? `<${parameters.join(", ")}>` : "";
}

/** The doc comment, which editors show where the name is used. */
function docsOf(symbol: ts.Symbol): string {
  const [declaration] = symbol.declarations ?? [];
  const comments = declaration ? ts.getJSDocCommentsAndTags(declaration).filter(ts.isJSDoc) : [];
  return comments.map((comment) => `${comment.getText()}\n`).join("");
}

/**
 * Moves the parts that declarations share into a folder of their own. Of the files that declare or export a class,
 * TypeScript names the one with the shortest path in the declarations of a host; it must be an entry.
 */
async function moveParts(): Promise<void> {
  const dist = join(root, "dist");
  const isPart = (name: string) => /^[^/]+-[\w-]{8}\.(?:js|d\.ts)$/.test(name);
  // All of them first: the files that are written here are not to be found as well.
  for (const file of globSync("**/*.d.ts", { cwd: dist })) {
    const text = await readFile(join(dist, file), "utf8");
    const target = isPart(file) ? join("shared", file) : file;
    const moved = text.replace(
      /(from |import )'(\.[^']+)'/g,
      (_, keyword: string, path: string) => {
        const imported = normalize(join(dirname(file), path));
        const place = isPart(imported) ? join("shared", imported) : imported;
        const way = relative(dirname(target), place);
        return `${keyword}'${way.startsWith(".") ? way : `./${way}`}'`;
      },
    );
    await mkdir(join(dist, dirname(target)), { recursive: true });
    await writeFile(join(dist, target), moved);
    if (target !== file) await rm(join(dist, file));
  }
}
