import openapiTS, { astToString } from "openapi-typescript";
import ts from "typescript";
import type { Api } from "./api.ts";
import { banner } from "./banner.ts";
import { callsSchema } from "./calls.ts";
import { DocumentError, isOpenEnum, isRecord, type Schema } from "./document.ts";
import { type Declaration, optionalInputs } from "./inputs.ts";
import { schemaNameOf } from "./names.ts";

const { factory } = ts;

/** The component schemas, by their names. */
type Named = ReadonlyMap<string, Schema>;

/**
 * Writes types.ts: one named export a component schema, and `Operations`. openapi-typescript knows
 * how to turn a schema into a type; it is given a document of schemas alone, in which each call
 * (path, query, body, result) is described as one more object.
 */
export async function renderTypes(api: Api): Promise<string> {
  if (api.schemas.has("Operations")) {
    throw new DocumentError(
      "The schema name Operations is taken by the interface of all operations.",
    );
  }
  const schemas = Object.fromEntries([...api.schemas, ["Operations", callsSchema(api.operations)]]);
  const document = {
    openapi: "3.1.0",
    info: { title: "Schemas", version: api.version },
    paths: {},
    components: { schemas: forTypes(schemas, new Map(Object.entries(schemas))) },
  };
  const nodes = await openapiTS(JSON.stringify(document), {
    silent: true,
    // A default is what the server assumes; the member may still be left out.
    defaultNonNullable: false,
    emptyObjectsUnknown: true,
    transform: (schema) => specialType(schema as unknown as Schema),
  });
  const declarations = ts.transform(namedExports(nodes), [
    shortReferences,
    optionalInputs(api),
  ]).transformed;
  return [banner, ...declarations.map(print)].join("\n");
}

/**
 * Prepares schemas for openapi-typescript. It would print an open enum as a closed one, rewrite the
 * members of a discriminated union with Omit<>, and tag each comment: so open enums become an
 * extension that `specialType` prints, discriminators go (each member already has its literal),
 * and the doc comment is put where it is printed as it is, in `title`.
 */
function forTypes(schemas: Record<string, Schema>, named: Named): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, forType(schema, named)]),
  );
}

/** A property that says nothing of itself is what it refers to. */
function forProperties(properties: Record<string, Schema>, named: Named): Record<string, Schema> {
  const described = Object.entries(properties).map(([name, schema]): [string, Schema] => {
    const description = schema.description ?? targetOf(schema, named)?.description;
    return [name, description === undefined ? schema : { ...schema, description }];
  });
  return forTypes(Object.fromEntries(described), named);
}

/** The schema that another refers to, alone or as the one alternative beside null. */
function targetOf(schema: Schema, named: Named): Schema | undefined {
  const name = schema.$ref === undefined ? undefined : schemaNameOf(schema.$ref);
  if (name !== undefined) return named.get(name);
  const [only, ...rest] = (schema.anyOf ?? schema.oneOf ?? []).filter(
    ({ type }) => type !== "null",
  );
  return only && rest.length === 0 ? targetOf(only, named) : undefined;
}

function forType(schema: Schema, named: Named): Schema {
  const { discriminator: _, properties, items, additionalProperties, ...rest } = schema;
  const prepared: Schema = {};
  for (const key of ["$ref", "required", "const", "enum", "type"] as const) {
    if (rest[key] !== undefined) Object.assign(prepared, { [key]: rest[key] });
  }
  for (const kind of ["allOf", "anyOf", "oneOf"] as const) {
    if (rest[kind]) prepared[kind] = rest[kind].map((each) => forType(each, named));
  }
  if (properties) prepared.properties = forProperties(properties, named);
  if (items) prepared.items = forType(items, named);
  if (additionalProperties !== undefined) {
    prepared.additionalProperties = isRecord(additionalProperties)
      ? forType(additionalProperties, named)
      : additionalProperties;
  }
  if (isOpenEnum(schema)) {
    delete prepared.enum;
    prepared.type ??= "string";
    prepared["x-open-values"] = schema.enum;
  }
  if (schema["x-no-body"]) prepared["x-no-body"] = true;
  const docs = docComment(schema);
  return docs === "" ? prepared : { ...prepared, title: docs };
}

function docComment(schema: Schema): string {
  const lines = [schema.description?.trim() ?? ""];
  if (schema.deprecated) lines.push("@deprecated");
  if (schema["x-beta"]) lines.push("@beta");
  if (schema["x-experimental"]) lines.push("@experimental");
  return lines.filter(Boolean).join("\n");
}

/** The types that JSON Schema cannot say. */
function specialType(schema: Schema): ts.TypeNode | undefined {
  if (schema["x-no-body"]) return factory.createKeywordTypeNode(ts.SyntaxKind.UndefinedKeyword);
  const values = schema["x-open-values"];
  if (!Array.isArray(values)) return undefined;
  const literals = values.map((value) =>
    factory.createLiteralTypeNode(factory.createStringLiteral(String(value))),
  );
  // `string` alone would swallow the literals, and editors would complete none of them.
  const anyOther = factory.createIntersectionTypeNode([
    factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword),
    factory.createTypeLiteralNode([]),
  ]);
  const members = [...literals, factory.createParenthesizedType(anyOther)];
  const nullable = [schema.type ?? []].flat().includes("null");
  return factory.createUnionTypeNode(
    nullable ? [...members, factory.createLiteralTypeNode(factory.createNull())] : members,
  );
}

/** `components["schemas"]["Vehicle"]` becomes `Vehicle`. */
const shortReferences: ts.TransformerFactory<Declaration> = (context) => {
  const visit = (node: ts.Node): ts.Node => {
    if (!ts.isIndexedAccessTypeNode(node) || !ts.isIndexedAccessTypeNode(node.objectType)) {
      return ts.visitEachChild(node, visit, context);
    }
    const { indexType } = node;
    const isName = ts.isLiteralTypeNode(indexType) && ts.isStringLiteral(indexType.literal);
    return isName ? factory.createTypeReferenceNode(indexType.literal.text) : node;
  };
  return (declaration) => ts.visitEachChild(declaration, visit, context);
};

/** The members of `components["schemas"]`, each as a declaration of its own. */
function namedExports(nodes: ts.Node[]): Declaration[] {
  const modifiers = [factory.createModifier(ts.SyntaxKind.ExportKeyword)];
  return schemaMembers(nodes).map((member) => {
    const { name, type } = member;
    const declaration = ts.isTypeLiteralNode(type)
      ? factory.createInterfaceDeclaration(modifiers, name.text, undefined, undefined, type.members)
      : factory.createTypeAliasDeclaration(modifiers, name.text, undefined, type);
    tidyComments(member);
    return ts.setSyntheticLeadingComments(declaration, ts.getSyntheticLeadingComments(member));
  });
}

interface SchemaMember extends ts.PropertySignature {
  name: ts.Identifier;
  type: ts.TypeNode;
}

function schemaMembers(nodes: ts.Node[]): SchemaMember[] {
  const components = nodes.find(
    (node) => ts.isInterfaceDeclaration(node) && node.name.text === "components",
  );
  if (!components || !ts.isInterfaceDeclaration(components)) return [];
  const schemas = components.members.find(
    (member) => isMember(member) && member.name.text === "schemas",
  );
  if (!schemas || !isMember(schemas) || !ts.isTypeLiteralNode(schemas.type)) return [];
  return schemas.type.members.filter(isMember);
}

function isMember(node: ts.Node): node is SchemaMember {
  return ts.isPropertySignature(node) && ts.isIdentifier(node.name) && node.type !== undefined;
}

/** Rewrites the comments of a node and of all below: no indented lines, no tags that repeat the type. */
function tidyComments(node: ts.Node): void {
  const comments = ts.getSyntheticLeadingComments(node) ?? [];
  const tidy = comments.flatMap((comment) => {
    const lines = comment.text.split("\n").map((line) => line.replace(/^\s*\*?\s*/, "").trimEnd());
    const kept = lines.filter((line) => !/^@(constant|enum)\b/.test(line));
    const text = kept.join("\n").trim();
    return text === "" ? [] : [{ ...comment, text: commentText(text.split("\n")) }];
  });
  ts.setSyntheticLeadingComments(node, tidy);
  ts.forEachChild(node, tidyComments);
}

/** What stands between the slashes of a doc comment. */
function commentText([first = "", ...others]: string[]): string {
  if (others.length === 0) return `* ${first} `;
  const rows = [first, ...others].map((line) => (line === "" ? " *" : ` * ${line}`));
  return `*\n${rows.join("\n")}\n `;
}

/** The TypeScript printer indents by four; the house by two. */
function print(node: ts.Node): string {
  return astToString(node).replaceAll(/^(?: {4})+/gm, (indent) => indent.slice(indent.length / 2));
}
