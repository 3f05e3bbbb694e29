import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

/** The folder of the project. */
export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Parses a source file of the project, by its path from the root. */
export function parse(path: string): ts.SourceFile {
  const text = readFileSync(join(root, path), "utf8");
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/** The classes of a file that it exports. */
export function exportedClasses(file: ts.SourceFile): ts.ClassDeclaration[] {
  return file.statements.filter(ts.isClassDeclaration).filter((each) => isExported(each));
}

/** Whether a statement begins with `export`. */
export function isExported(node: ts.HasModifiers): boolean {
  return hasModifier(node, ts.SyntaxKind.ExportKeyword);
}

/** Whether a declaration has a modifier. */
export function hasModifier(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return node.modifiers?.some((modifier) => modifier.kind === kind) === true;
}

/** All text literals in a node, in their order. */
export function literalsIn(node: ts.Node): string[] {
  const found: string[] = [];
  const visit = (at: ts.Node): void => {
    if (ts.isStringLiteral(at)) found.push(at.text);
    ts.forEachChild(at, visit);
  };
  visit(node);
  return found;
}
