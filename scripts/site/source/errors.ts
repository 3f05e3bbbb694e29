import ts from "typescript";
import { type DocComment, readComment } from "./comments.ts";
import { hasModifier, isExported, literalsIn, parse } from "./parse.ts";

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
    const classes = file.statements.filter(ts.isClassDeclaration);
    return classes
      .filter((each) => exported.has(each.name?.text ?? ""))
      .map((each) => {
        const base = classes.find((other) => other.name?.text === baseOf(each));
        // What a base has that is not exported belongs to each class.
        const isHidden = base !== undefined && !exported.has(base.name?.text ?? "");
        return toErrorClass(each, isHidden ? [base, each] : [each], guards);
      });
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

function baseOf(declaration: ts.ClassDeclaration): string {
  return declaration.heritageClauses?.[0]?.types[0]?.expression.getText() ?? "";
}

function toErrorClass(
  declaration: ts.ClassDeclaration,
  declarations: readonly ts.ClassDeclaration[],
  guards: ReadonlySet<string | undefined>,
): ErrorClass {
  const name = declaration.name?.text ?? "";
  const fields = declarations
    .flatMap((each) => each.members.filter(ts.isPropertyDeclaration))
    .filter((member) => !hasModifier(member, ts.SyntaxKind.StaticKeyword))
    .map((member) => ({
      name: member.name.getText(),
      type: member.type?.getText() ?? "",
      meaning: readComment(member).summary,
    }));
  const guard = guards.has(`is${name}`) ? `is${name}` : undefined;
  return { name, base: baseOf(declaration), comment: readComment(declaration), fields, guard };
}
