import { spawnSync } from "node:child_process";
import { join } from "node:path";
import ts from "typescript";
import { type Entry, entries } from "../entries.ts";

const printer = ts.createPrinter({ removeComments: true });

/**
 * The signatures of everything that the entries export, as hosts see it: from the built declarations.
 *
 * Each declaration is in the report of the first entry that exports it; those of the other ones refer to it. What is
 * not exported but needed to read a signature is there too, without `export`.
 *
 * @returns The text of each report, by the name of its file.
 */
export function renderReports(root: string): Map<string, string> {
  const fileOf = (entry: Entry) => join(root, "dist", `${entry.file}.d.ts`);
  const program = ts.createProgram(entries.map(fileOf), {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    types: ["node"],
  });
  const checker = program.getTypeChecker();
  const isOurs = (node: ts.Node) =>
    node.getSourceFile().fileName.startsWith(`${join(root, "dist").replaceAll("\\", "/")}/`);
  const resolve = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

  const exported = entries.map((entry) => {
    const source = program.getSourceFile(fileOf(entry));
    const module = source && checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`${fileOf(entry)} is not there: build first.`);
    const symbols = checker.getExportsOfModule(module);
    return { entry, symbols: symbols.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  });
  /** Where each declaration is reported: at the first entry that exports it. */
  const homes = new Map<ts.Symbol, Entry>();
  for (const { entry, symbols } of exported) {
    for (const symbol of symbols) {
      if (!homes.has(resolve(symbol))) homes.set(resolve(symbol), entry);
    }
  }

  const hidden = new Set<ts.Symbol>();
  const reports = exported.map(({ entry, symbols }) => {
    const own: string[] = [];
    const others = new Map<string, string[]>();
    const helpers = new Map<string, string>();
    const seen = new Set<ts.Symbol>();
    const visit = (symbol: ts.Symbol) => {
      if (seen.has(symbol)) return;
      seen.add(symbol);
      for (const declaration of declarationsOf(symbol)) {
        for (const used of symbolsIn(declaration, checker)) {
          const target = resolve(used);
          if (homes.has(target) || hidden.has(target)) continue;
          if (!target.declarations?.some((node) => isTopLevel(node) && isOurs(node))) continue;
          hidden.add(target);
          helpers.set(target.name, declarationsOf(target).map(print).join("\n"));
          visit(target);
        }
      }
    };
    for (const symbol of symbols) {
      const target = resolve(symbol);
      const home = homes.get(target);
      if (home !== entry || !target.declarations?.some(isOurs)) {
        const from = home && home !== entry ? home.name : "another package";
        others.set(from, [...(others.get(from) ?? []), symbol.name]);
        continue;
      }
      own.push(
        declarationsOf(target)
          .map((node) => `export ${print(node)}`)
          .join("\n"),
      );
      visit(target);
    }
    const text = [
      ...[...others].map(([from, names]) => `export { ${names.join(", ")} } from "${from}";`),
      ...own,
      ...[...helpers].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, declaration]) => declaration),
    ].join("\n\n");
    const title = `# ${entry.name}\n\nWritten by \`npm run api\` from the built declarations.\n`;
    const name = `${entry.name.replaceAll("/", "-")}.md`;
    return [name, `${title}\n\`\`\`ts\n${format(text, root)}\`\`\`\n`] as const;
  });
  return new Map(reports);
}

function declarationsOf(symbol: ts.Symbol): ts.Declaration[] {
  return symbol.declarations ?? [];
}

function isTopLevel(node: ts.Node): boolean {
  const statement = ts.isVariableDeclaration(node) ? node.parent.parent : node;
  return statement.parent !== undefined && ts.isSourceFile(statement.parent);
}

/** Everything that a declaration names, but in what it keeps for itself. */
function symbolsIn(declaration: ts.Node, checker: ts.TypeChecker): ts.Symbol[] {
  const found: ts.Symbol[] = [];
  const visit = (node: ts.Node) => {
    if (isPrivate(node)) return;
    const symbol = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    if (symbol) found.push(symbol);
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found;
}

function print(declaration: ts.Declaration): string {
  const { transformed } = ts.transform(declaration, [
    (context) => (root) => {
      const visit = (node: ts.Node): ts.Node | undefined => {
        if (isPrivate(node)) return undefined;
        const isExport = ts.isModifier(node) && /^(?:export|declare)$/.test(node.getText());
        return isExport ? undefined : ts.visitEachChild(node, visit, context);
      };
      return ts.visitEachChild(root, visit, context);
    },
  ]);
  const text = printer.printNode(
    ts.EmitHint.Unspecified,
    transformed[0] as ts.Node,
    declaration.getSourceFile(),
  );
  if (ts.isVariableDeclaration(declaration)) return `declare const ${text};`;
  const isType = ts.isInterfaceDeclaration(declaration) || ts.isTypeAliasDeclaration(declaration);
  return isType ? text : `declare ${text}`;
}

/** Whether no host may use it. */
function isPrivate(node: ts.Node): boolean {
  if (ts.getJSDocTags(node).some(({ tagName }) => tagName.text === "internal")) return true;
  if (!ts.isClassElement(node) || ts.isConstructorDeclaration(node)) return false;
  if (node.name && ts.isPrivateIdentifier(node.name)) return true;
  return (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Private) !== 0;
}

/** Long lines would make every change a change of all that is in them. */
function format(text: string, root: string): string {
  const biome = join(root, "node_modules/@biomejs/biome/bin/biome");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [biome, "format", "--stdin-file-path=report.d.ts"],
    { cwd: root, input: text, encoding: "utf8", maxBuffer: 2 ** 28 },
  );
  if (status !== 0) throw new Error(`The report is not TypeScript: ${stderr}`);
  return stdout;
}
