import ts from "typescript";
import { type DocComment, readComment } from "./comments.ts";
import { exportedClasses, isExported, literalsIn, parse } from "./parse.ts";

/** A class of errors. */
export interface ErrorClass {
  readonly name: string;
  /** The class that it extends. */
  readonly base: string;
  readonly comment: DocComment;
  /** Its own members. */
  readonly fields: readonly {
    readonly name: string;
    readonly type: string;
    readonly meaning: string;
  }[];
  /** The function that recognises it. */
  readonly guard: string | undefined;
}

const files = [
  "base",
  "api",
  "connection",
  "token",
  "configuration",
  "response",
  "action",
  "store",
  "webhook",
  "handling",
];

/** Reads the classes of errors that the package exports. */
export function readErrors(): ErrorClass[] {
  const exported = new Set(exportedNames());
  return files.flatMap((name) => {
    const file = parse(`src/errors/${name}.ts`);
    const guards = new Set(
      file.statements.filter(ts.isFunctionDeclaration).map((each) => each.name?.text),
    );
    return exportedClasses(file)
      .filter((each) => exported.has(each.name?.text ?? ""))
      .map((each) => toErrorClass(each, guards));
  });
}

/** The codes that a type of codes allows, by the name of the type. */
export function readCodes(type: "ErrorCode" | "WebhookErrorCode"): string[] {
  const declaration = parse("src/errors/base.ts")
    .statements.filter(ts.isTypeAliasDeclaration)
    .find((each) => each.name.text === type && isExported(each));
  return declaration ? literalsIn(declaration) : [];
}

function exportedNames(): string[] {
  return parse("src/errors/index.ts")
    .statements.filter(ts.isExportDeclaration)
    .flatMap(({ exportClause }) =>
      exportClause && ts.isNamedExports(exportClause)
        ? exportClause.elements.map(({ name }) => name.text)
        : [],
    );
}

function toErrorClass(
  declaration: ts.ClassDeclaration,
  guards: ReadonlySet<string | undefined>,
): ErrorClass {
  const name = declaration.name?.text ?? "";
  const base = declaration.heritageClauses?.[0]?.types[0]?.expression.getText() ?? "";
  const fields = declaration.members
    .filter(ts.isPropertyDeclaration)
    .filter((member) => !member.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword))
    .map((member) => ({
      name: member.name.getText(),
      type: member.type?.getText() ?? "",
      meaning: readComment(member).summary,
    }));
  const guard = guards.has(`is${name}`) ? `is${name}` : undefined;
  return { name, base, comment: readComment(declaration), fields, guard };
}
