import type { Api } from "./api.ts";
import { banner } from "./banner.ts";
import { isOpenEnum, isRecord, type Schema } from "./document.ts";
import { propertyKey, schemaNameOf } from "./names.ts";
import { dependencyOrder } from "./references.ts";

const openEnumHelper = `
/**
 * A string of which some values are known. Enode adds values without a new API version, so any
 * string passes; the known ones are there for the type, and so for editors to complete.
 */
function openEnum<Known extends string>() {
  return z.string() as z.ZodType<Known | (string & {}), Known | (string & {})>;
}
`;

/**
 * Writes schemas.ts: one zod schema a component schema, each after those it uses. Objects are loose
 * and formats are not checked, since a client should break on what it cannot use and nothing else.
 */
export function renderSchemas(api: Api): string {
  const printer = schemaPrinter(api);
  const { order, cyclic } = dependencyOrder(api.schemas);
  const declarations = order.map((name) => {
    const schema = api.schemas.get(name) ?? {};
    // A schema that contains itself cannot have its type inferred.
    const annotation = cyclic.has(name) ? `: z.ZodType<types.${name}, types.${name}>` : "";
    return `${comment(schema)}export const ${name}Schema${annotation} = ${printer.print(schema)};\n`;
  });
  const body = declarations.join("\n");
  return [
    banner,
    'import * as z from "zod";\n',
    cyclic.size > 0 ? 'import type * as types from "./types.ts";\n' : "",
    body.includes("openEnum<") ? openEnumHelper : "",
    `\n${body}`,
  ].join("");
}

/** Writes response-schemas.ts: the schema of every answer that is a result, by operation and status. */
export function renderResponseSchemas(api: Api): string {
  const printer = schemaPrinter(api, { prefix: "schemas." });
  const rows = api.operations.flatMap(({ id, results }) => {
    const answers = results.flatMap(({ status, schema }) =>
      schema ? [`${status}: ${printer.print(schema, 1)}`] : [],
    );
    return answers.length > 0 ? [`  ${propertyKey(id)}: { ${answers.join(", ")} },\n`] : [];
  });
  const body = rows.join("");
  return `${banner}
import ${/\bz\./.test(body) ? "" : "type "}* as z from "zod";
import type { OperationId } from "./operations.ts";
import * as schemas from "./schemas.ts";

/** What each operation answers, by status. Operations whose answers have no body are not in here. */
export const responseSchemas: {
  readonly [Id in OperationId]?: { readonly [status: number]: z.ZodType };
} = {
${body}};
`;
}

/** Writes schema-types.ts, by which code (a test, above all) can go over all schemas and their types. */
export function renderSchemaTypes(api: Api): string {
  const rows = [...api.schemas.keys()].map((name) => `  ${name}Schema: types.${name};\n`);
  return `${banner}
import type * as types from "./types.ts";

/** The type that goes with each schema of schemas.ts. */
export interface SchemaTypes {
${rows.join("")}}
`;
}

/** Prints schemas as zod expressions. With a prefix, for another file than the one they are declared in. */
function schemaPrinter(api: Api, { prefix = "" } = {}) {
  const { cyclic } = dependencyOrder(api.schemas);
  const isElsewhere = prefix !== "";

  const print = (schema: Schema, depth = 0): string => {
    const types = [schema.type ?? []].flat();
    const printed = printNonNull(
      schema,
      types.filter((type) => type !== "null"),
      depth,
    );
    return types.includes("null") && types.length > 1 ? `${printed}.nullable()` : printed;
  };

  const printNonNull = (schema: Schema, types: string[], depth: number): string => {
    const members = schema.oneOf ?? schema.anyOf;
    if (schema.$ref !== undefined) return reference(schema.$ref);
    if (schema.const !== undefined) return literals([schema.const]);
    if (schema.enum) return isOpenEnum(schema) ? openEnum(schema.enum) : literals(schema.enum);
    if (schema.allOf) return intersection(schema.allOf.map((part) => print(part, depth)));
    if (members) return union(schema, members, depth);
    const [first = impliedType(schema), ...others] = types;
    if (others.length === 0) return ofType(schema, first, depth);
    return `z.union([${types.map((type) => ofType(schema, type, depth)).join(", ")}])`;
  };

  const ofType = (schema: Schema, type: string | undefined, depth: number): string => {
    switch (type) {
      case "string":
        return "z.string()";
      case "number":
      case "integer":
        return "z.number()";
      case "boolean":
        return "z.boolean()";
      case "array":
        return `z.array(${print(schema.items ?? {}, depth)})`;
      case "object":
        return object(schema, depth);
      default:
        return type === "null" ? "z.null()" : "z.unknown()";
    }
  };

  const reference = (ref: string): string => {
    const name = schemaNameOf(ref) ?? "";
    return cyclic.has(name) && !isElsewhere
      ? `z.lazy(() => ${name}Schema)`
      : `${prefix}${name}Schema`;
  };

  const object = (
    { properties = {}, required = [], additionalProperties }: Schema,
    depth: number,
  ): string => {
    const values = isRecord(additionalProperties)
      ? print(additionalProperties, depth)
      : "z.unknown()";
    const indent = "  ".repeat(depth + 1);
    const rows = Object.entries(properties).map(([key, property]) => {
      const optional = required.includes(key) ? "" : ".exactOptional()";
      return `${indent}${propertyKey(key)}: ${print(property, depth + 1)}${optional},\n`;
    });
    if (rows.length === 0) return `z.record(z.string(), ${values})`;
    const shape = `{\n${rows.join("")}${"  ".repeat(depth)}}`;
    return isRecord(additionalProperties)
      ? `z.object(${shape}).catchall(${values})`
      : `z.looseObject(${shape})`;
  };

  const union = ({ discriminator }: Schema, members: Schema[], depth: number): string => {
    const others = members.filter((member) => member.type !== "null");
    const nullable = others.length < members.length ? ".nullable()" : "";
    const [only] = others;
    if (only && others.length === 1) return print(only, depth) + nullable;
    const indent = "  ".repeat(depth + 1);
    const options = others.map((member) => `${indent}${print(member, depth + 1)},\n`);
    const list = `[\n${options.join("")}${"  ".repeat(depth)}]`;
    return discriminator && others.every((member) => isTaggedBy(member, discriminator.propertyName))
      ? `z.discriminatedUnion(${JSON.stringify(discriminator.propertyName)}, ${list})${nullable}`
      : `z.union(${list})${nullable}`;
  };

  /** zod finds the member of a discriminated union by a literal that each must have. */
  const isTaggedBy = (member: Schema, property: string): boolean => {
    const name = schemaNameOf(member.$ref ?? "") ?? "";
    const target = member.$ref === undefined ? member : api.schemas.get(name);
    const tag = target?.required?.includes(property) ? target.properties?.[property] : undefined;
    if (!tag || cyclic.has(name)) return false;
    return tag.const !== undefined || (tag.enum !== undefined && !isOpenEnum(tag));
  };

  /** The helper is private to the file of the declarations; its type is of use there only, too. */
  const openEnum = (values: unknown[]): string => {
    const known = values.map((value) => JSON.stringify(value)).join(" | ");
    return isElsewhere ? "z.string()" : `openEnum<${known}>()`;
  };

  return { print };
}

function impliedType(schema: Schema): string | undefined {
  if (schema.type !== undefined) return "null";
  if (schema.properties) return "object";
  return schema.items ? "array" : undefined;
}

function literals(values: unknown[]): string {
  const printed = values.map((value) => JSON.stringify(value));
  return printed.length === 1 ? `z.literal(${printed[0]})` : `z.literal([${printed.join(", ")}])`;
}

function intersection(parts: string[]): string {
  return parts.reduce((left, right) => `z.intersection(${left}, ${right})`);
}

function comment({ description }: Schema): string {
  if (!description) return "";
  return `/** ${description.trim().replaceAll("*/", "*\\/").replaceAll("\n", "\n * ")} */\n`;
}
