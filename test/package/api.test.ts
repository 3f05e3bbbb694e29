import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { entries } from "../../scripts/entries.ts";
import { root } from "./install.ts";

/** Every exported name, with what it is; classes with their public members. */
function publicApi(): string {
  const config = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root);
  const files = entries.map(({ source }) => join(root, source));
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const describeExport = (symbol: ts.Symbol): string => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if (target.flags & ts.SymbolFlags.Class) {
      const members = checker
        .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(target))
        .filter(isPublic)
        .map(({ name }) => name)
        .sort();
      return `class ${symbol.name} { ${members.join(", ")} }`;
    }
    if (target.flags & ts.SymbolFlags.Function) return `function ${symbol.name}`;
    return `${target.flags & ts.SymbolFlags.Variable ? "const" : "type"} ${symbol.name}`;
  };
  return entries
    .map(({ name, source }) => {
      const file = program.getSourceFile(join(root, source));
      const module = file && checker.getSymbolAtLocation(file);
      const exported = module ? checker.getExportsOfModule(module) : [];
      return `# ${name}\n${exported.map(describeExport).sort().join("\n")}\n`;
    })
    .join("\n");
}

function isPublic(symbol: ts.Symbol): boolean {
  const [declaration] = symbol.declarations ?? [];
  if (!declaration || /^__[#@]/.test(symbol.escapedName.toString())) return false;
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  return (ts.getCombinedModifierFlags(declaration) & hidden) === 0;
}

describe("the public api", () => {
  it("changes on purpose only: update the report with `npm test -- -u`", async () => {
    await expect(publicApi()).toMatchFileSnapshot("./public-api.txt");
  });
});
