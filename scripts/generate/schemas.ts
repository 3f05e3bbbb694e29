import type { Api } from "./api.ts";
import { banner } from "./banner.ts";
import { isOpenEnum, isRecord, type Schema } from "./document.ts";
import { propertyKey, schemaNameOf } from "./names.ts";
import { dependencyOrder, sentNames } from "./references.ts";

const openEnumHelper = `
/**
 * A string of which some values are known. Enode adds values without a new API version, so any
 * string passes; the known ones are there for the type, and so for editors to complete.
 */
function openEnum<Known extends string>() {
  return z.string() as z.ZodType<Known | (string & {}), Known | (string & {})>;
}
`;

/** A schema as zod code: the expression, and the type that an annotation gives it. */
interface Printed {
  value: string;
  type: string;
}

/**
 * Writes schemas.ts: one zod schema a component schema, each after those it uses. Objects are loose
 * and formats are not checked, since a client should break on what it cannot use and nothing else.
 *
 * Each is made in a function that is marked as pure, so that bundlers leave out those that nobody uses.
 *
 * Each is annotated. Inferred types would repeat every schema inside every other that uses it, which
 * makes the declarations of the package twenty times as large.
 */
export function renderSchemas(api: Api): string {
  const received = schemaPrinter(api);
  // What is sent may be undefined where it may be left out, as in types.ts.
  const sent = schemaPrinter(api, { optional });
  const names = sentNames(api);
  const { order, cyclic } = dependencyOrder(api.schemas);
  const declarations = order.map((name) => {
    const schema = api.schemas.get(name) ?? {};
    const { value, type } = (names.has(name) ? sent : received).print(schema);
    // A schema that contains itself has no type that could be written down.
    const annotation = cyclic.has(name) ? selfContaining(name) : type;
    return `${comment(schema)}export const ${name}Schema: ${annotation} = /* @__PURE__ */ (() => ${value})();\n`;
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

const publicHelpers = `
/**
 * A zod schema of what its type says. At run time it is one as zod makes it, with all methods. Its type names those
 * alone that every version of zod shares: the types of all of zod cost a compiler four times as much as this package.
 */
export interface Schema<T> extends $ZodType<T, T> {
  /** @throws ZodError for data of another shape. */
  parse(data: unknown): T;
  safeParse(data: unknown): util.SafeParseResult<T>;
  parseAsync(data: unknown): Promise<T>;
  safeParseAsync(data: unknown): Promise<util.SafeParseResult<T>>;
}

/** A schema of a field that may be left out. */
export interface OptionalSchema<T>
  extends $ZodType<
    T,
    T,
    $ZodTypeInternals<T, T> & Pick<$ZodOptionalInternals<$ZodType>, "optin" | "optout">
  > {}

/**
 * A zod schema of objects.
 *
 * @example
 * \`\`\`ts
 * import { VehicleSchema } from "enode-sdk/schemas";
 * import * as z from "zod";
 *
 * export const RowSchema = z.object({ id: VehicleSchema.shape.id, keptAt: z.date() });
 * \`\`\`
 */
export interface ObjectSchema<T> extends Schema<T> {
  /** The schema of each field, to make others of. */
  readonly shape: {
    readonly [Key in keyof T]-?: Record<never, never> extends Pick<T, Key> ? OptionalSchema<T[Key]> : Schema<T[Key]>;
  };
}
`;

/**
 * Writes public-schemas.ts: the schemas as others import them, in types that cost their compiler little. The exact
 * ones stay those of schemas.ts, by which the compiler proves that schemas and types agree.
 */
export function renderPublicSchemas(api: Api): string {
  const { print } = schemaPrinter(api);
  const { cyclic } = dependencyOrder(api.schemas);
  const declarations = [...api.schemas].map(([name, schema]) => {
    const isObject = !cyclic.has(name) && print(schema).type.startsWith("z.ZodObject<");
    const type = `${isObject ? "ObjectSchema" : "Schema"}<types.${name}>`;
    return `${comment(schema)}export const ${name}Schema: ${type} = schemas.${name}Schema;\n`;
  });
  return [
    banner,
    'import type { $ZodOptionalInternals, $ZodType, $ZodTypeInternals, util } from "zod/v4/core";\n',
    'import * as schemas from "./schemas.ts";\n',
    'import type * as types from "./types.ts";\n',
    publicHelpers,
    `\n${declarations.join("\n")}`,
  ].join("");
}

/** Writes response-schemas.ts: the schema of every answer that is a result, by operation and status. */
export function renderResponseSchemas(api: Api): string {
  const printer = schemaPrinter(api, { prefix: "schemas." });
  const rows = api.operations.flatMap(({ id, results }) => {
    const answers = results.flatMap(({ status, schema }) =>
      schema ? [`${status}: ${printer.print(schema, 1).value}`] : [],
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

interface PrinterOptions {
  /** For another file than the one that the schemas are declared in. */
  prefix?: string;
  /** How a member that may be left out is printed. */
  optional?: (printed: Printed) => Printed;
}

/** Prints schemas as zod code. */
function schemaPrinter(
  api: Api,
  { prefix = "", optional: leftOut = exactOptional }: PrinterOptions = {},
) {
  const { cyclic } = dependencyOrder(api.schemas);
  const isElsewhere = prefix !== "";

  const print = (schema: Schema, depth = 0): Printed => {
    const types = [schema.type ?? []].flat();
    const printed = printNonNull(
      schema,
      types.filter((type) => type !== "null"),
      depth,
    );
    return types.includes("null") && types.length > 1 ? nullable(printed) : printed;
  };

  const printNonNull = (schema: Schema, types: string[], depth: number): Printed => {
    const members = schema.oneOf ?? schema.anyOf;
    if (schema.$ref !== undefined) return reference(schema.$ref);
    if (schema.const !== undefined) return literals([schema.const]);
    if (schema.enum) return isOpenEnum(schema) ? openEnum(schema.enum) : literals(schema.enum);
    if (schema.allOf) return intersection(schema.allOf.map((part) => print(part, depth)));
    if (members) return union(schema, members, depth);
    const [first = impliedType(schema), ...others] = types;
    if (others.length === 0) return ofType(schema, first, depth);
    return unionOf(types.map((type) => ofType(schema, type, depth)));
  };

  const ofType = (schema: Schema, type: string | undefined, depth: number): Printed => {
    switch (type) {
      case "string":
        return { value: "z.string()", type: "z.ZodString" };
      case "number":
      case "integer":
        return { value: "z.number()", type: "z.ZodNumber" };
      case "boolean":
        return { value: "z.boolean()", type: "z.ZodBoolean" };
      case "array": {
        const items = print(schema.items ?? {}, depth);
        return { value: `z.array(${items.value})`, type: `z.ZodArray<${items.type}>` };
      }
      case "object":
        return object(schema, depth);
      default:
        return type === "null"
          ? { value: "z.null()", type: "z.ZodNull" }
          : { value: "z.unknown()", type: "z.ZodUnknown" };
    }
  };

  const reference = (ref: string): Printed => {
    const name = schemaNameOf(ref) ?? "";
    const schema = `${prefix}${name}Schema`;
    return cyclic.has(name) && !isElsewhere
      ? { value: `z.lazy(() => ${schema})`, type: `z.ZodLazy<${selfContaining(name)}>` }
      : { value: schema, type: `typeof ${schema}` };
  };

  const object = (
    { properties = {}, required = [], additionalProperties }: Schema,
    depth: number,
  ): Printed => {
    const others = isRecord(additionalProperties)
      ? print(additionalProperties, depth)
      : { value: "z.unknown()", type: "z.ZodUnknown" };
    const rows = Object.entries(properties).map(([key, property]) => {
      const printed = print(property, depth + 1);
      const member = required.includes(key) ? printed : leftOut(printed);
      return { key: propertyKey(key), ...member };
    });
    if (rows.length === 0) {
      return {
        value: `z.record(z.string(), ${others.value})`,
        type: `z.ZodRecord<z.ZodString, ${others.type}>`,
      };
    }
    const shape = block(
      "{",
      "}",
      depth,
      rows.map(({ key, value }) => `${key}: ${value},`),
    );
    const types = `{ ${rows.map(({ key, type }) => `${key}: ${type}`).join("; ")} }`;
    return isRecord(additionalProperties)
      ? {
          value: `z.object(${shape}).catchall(${others.value})`,
          type: `z.ZodObject<${types}, z.core.$catchall<${others.type}>>`,
        }
      : { value: `z.looseObject(${shape})`, type: `z.ZodObject<${types}, z.core.$loose>` };
  };

  const union = ({ discriminator }: Schema, members: Schema[], depth: number): Printed => {
    const others = members.filter((member) => member.type !== "null");
    const [only] = others;
    const printed =
      only && others.length === 1
        ? print(only, depth)
        : unionOf(
            others.map((member) => print(member, depth + 1)),
            depth,
            others.every((member) => isTaggedBy(member, discriminator?.propertyName))
              ? discriminator?.propertyName
              : undefined,
          );
    return others.length < members.length ? nullable(printed) : printed;
  };

  /** zod finds the member of a discriminated union by a literal that each must have. */
  const isTaggedBy = (member: Schema, property = ""): boolean => {
    const name = schemaNameOf(member.$ref ?? "") ?? "";
    const target = member.$ref === undefined ? member : api.schemas.get(name);
    const tag = target?.required?.includes(property) ? target.properties?.[property] : undefined;
    if (!tag || cyclic.has(name)) return false;
    return tag.const !== undefined || (tag.enum !== undefined && !isOpenEnum(tag));
  };

  /** The helper is private to the file of the declarations; its type is of use there only, too. */
  const openEnum = (values: unknown[]): Printed => {
    const known = values.map((value) => JSON.stringify(value)).join(" | ");
    const open = `${known} | (string & {})`;
    return {
      value: isElsewhere ? "z.string()" : `openEnum<${known}>()`,
      type: `z.ZodType<${open}, ${open}>`,
    };
  };

  return { print };
}

/** The annotation of a schema that contains itself. */
function selfContaining(name: string): string {
  return `z.ZodType<types.${name}, types.${name}>`;
}

function nullable({ value, type }: Printed): Printed {
  return { value: `${value}.nullable()`, type: `z.ZodNullable<${type}>` };
}

function optional({ value, type }: Printed): Printed {
  return { value: `${value}.optional()`, type: `z.ZodOptional<${type}>` };
}

function exactOptional({ value, type }: Printed): Printed {
  return { value: `${value}.exactOptional()`, type: `z.ZodExactOptional<${type}>` };
}

function unionOf(options: Printed[], depth = 0, discriminator?: string): Printed {
  const list = block(
    "[",
    "]",
    depth,
    options.map(({ value }) => `${value},`),
  );
  const types = `readonly [${options.map(({ type }) => type).join(", ")}]`;
  if (discriminator === undefined) {
    return { value: `z.union(${list})`, type: `z.ZodUnion<${types}>` };
  }
  const tag = JSON.stringify(discriminator);
  return {
    value: `z.discriminatedUnion(${tag}, ${list})`,
    type: `z.ZodDiscriminatedUnion<${types}, ${tag}>`,
  };
}

function block(open: string, close: string, depth: number, rows: string[]): string {
  const indent = "  ".repeat(depth);
  return `${open}\n${rows.map((row) => `${indent}  ${row}\n`).join("")}${indent}${close}`;
}

function impliedType(schema: Schema): string | undefined {
  if (schema.type !== undefined) return "null";
  if (schema.properties) return "object";
  return schema.items ? "array" : undefined;
}

function literals(values: unknown[]): Printed {
  const printed = values.map((value) => JSON.stringify(value));
  return {
    value: printed.length === 1 ? `z.literal(${printed[0]})` : `z.literal([${printed.join(", ")}])`,
    type: `z.ZodLiteral<${printed.join(" | ")}>`,
  };
}

function intersection(parts: Printed[]): Printed {
  return parts.reduce((left, right) => ({
    value: `z.intersection(${left.value}, ${right.value})`,
    type: `z.ZodIntersection<${left.type}, ${right.type}>`,
  }));
}

function comment({ description }: Schema): string {
  if (!description) return "";
  return `/** ${description.trim().replaceAll("*/", "*\\/").replaceAll("\n", "\n * ")} */\n`;
}
