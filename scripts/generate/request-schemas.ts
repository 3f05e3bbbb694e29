import type { Api } from "./api.ts";
import { banner } from "./banner.ts";
import { isRecord, type Schema } from "./document.ts";
import { propertyKey, schemaNameOf } from "./names.ts";
import { dependencyOrder, reachable } from "./references.ts";

const helpers = `
const text = () => z.string("must be text");
const number = () => z.number("must be a number");
const boolean = () => z.boolean("must be true or false");
const guid = (message: string) => z.guid(message);
const url = (message: string) => z.url(message);
const dateTime = (message: string) => z.iso.datetime({ offset: true, error: message });
const matching = (pattern: RegExp, message: string) => z.string(message).regex(pattern, message);
/** What is wrong with a value that is none of these. */
export const mustBeOneOf = (values: readonly unknown[]): string =>
  \`must be \${values.length > 1 ? "one of " : ""}\${values.join(", ")}\`;
const oneOf = <Value extends string | number>(...values: Value[]) =>
  z.literal(values, mustBeOneOf(values));
const list = <Item extends z.ZodType>(item: Item) => z.array(item, "must be a list");
const object = "must be an object";
/** Characters are code points, as JSON Schema counts them. */
const length = (least: number, most: number) =>
  [
    (value: string) => {
      const count = [...value].length;
      return count >= least && count <= most;
    },
    most < Number.POSITIVE_INFINITY
      ? \`must have \${least === 0 ? "at most" : \`\${least} to\`} \${most} characters\`
      : \`must have at least \${least} character\${least === 1 ? "" : "s"}\`,
  ] as const;
`;

/** What a text of a format is called in a message. */
const formats: Readonly<Record<string, { helper: string; article: string }>> = {
  uuid: { helper: "guid", article: "a UUID" },
  uri: { helper: "url", article: "a URL" },
  "date-time": { helper: "dateTime", article: "a date-time" },
};

/** What a text of a pattern is called in a message. */
const patterns: Readonly<Record<string, string>> = {
  "^(((?:[01]\\d|2[0-3]):[0-5]\\d)|24:00)$": "a clock time such as 05:30",
  "^[+-]?(\\d{1,9}([.]\\d{0,9})?|[.]\\d{1,9})$": "a decimal in a string",
  "^[a-z0-9-_]+$": "text of a-z, 0-9, - and _",
  "^[a-zA-Z0-9_:;.,/\\\\\"'?!(){}[\\]@<>=\\-+*#$&`|~^% ]+$": "printable ASCII text",
};

/**
 * Writes request-schemas.ts: one zod schema for each schema that is part of a request body, as strict as the
 * description. In contrast to schemas.ts, which is for answers, enums are closed, formats, patterns and limits are
 * checked, and an object that takes no other members refuses them. What the description leaves open stays open.
 *
 * Each message completes the sentence that begins with the path of the member.
 */
export function renderRequestSchemas(api: Api): string {
  const bodies = api.operations.flatMap(({ body }) => formsOf(body?.schema, api));
  const used = reachable(api.schemas, bodies);
  const exported = new Set(bodies.map(({ $ref }) => schemaNameOf($ref ?? "")));
  const { order } = dependencyOrder(api.schemas);
  const declarations = order.flatMap((name) => {
    const schema = used.has(name) ? api.schemas.get(name) : undefined;
    if (schema === undefined) return [];
    const keyword = exported.has(name) ? "export const" : "const";
    return [`${keyword} strict${name}: z.ZodType<types.${name}> = ${print(schema)};\n`];
  });
  return `${banner}
import * as z from "zod";
import type * as types from "./types.ts";
${helpers}
${declarations.join("\n")}`;
}

/** A body, or the forms of one that has several and no member that tells them apart: who reads it knows which. */
function formsOf(body: Schema | undefined, api: Api): Schema[] {
  if (body === undefined) return [];
  const target = api.schemas.get(schemaNameOf(body.$ref ?? "") ?? "");
  return target?.anyOf && !target.discriminator ? target.anyOf : [body];
}

function print(schema: Schema): string {
  const types = [schema.type ?? []].flat();
  const members = schema.oneOf ?? schema.anyOf;
  if (schema.$ref !== undefined) return `strict${schemaNameOf(schema.$ref) ?? ""}`;
  if (members) return printUnion(members);
  const isNullable = types.includes("null");
  const value = printValue(
    schema,
    types.find((type) => type !== "null"),
    isNullable ? " or null" : "",
  );
  return isNullable ? `${value}.nullable()` : value;
}

function printUnion(members: readonly Schema[]): string {
  const others = members.filter(({ type }) => type !== "null");
  const printed = others.map(print);
  const union = printed.length === 1 ? String(printed[0]) : `z.union([${printed.join(", ")}])`;
  return others.length < members.length ? `${union}.nullable()` : union;
}

function printValue(schema: Schema, type: string | undefined, orNull: string): string {
  const values = schema.const === undefined ? schema.enum : [schema.const];
  if (values) return `oneOf(${values.map((value) => JSON.stringify(value)).join(", ")})`;
  switch (type) {
    case "string":
      return printText(schema, orNull);
    case "integer":
    case "number":
      return printNumber(schema);
    case "boolean":
      return "boolean()";
    case "array":
      return printList(schema);
    case "object":
      return printObject(schema);
    default:
      return "z.unknown()";
  }
}

function printText({ format, pattern, minLength, maxLength }: Schema, orNull: string): string {
  const known = formats[format ?? ""];
  let value = "text()";
  if (known) value = `${known.helper}(${JSON.stringify(`must be ${known.article}${orNull}`)})`;
  else if (pattern !== undefined) {
    const message = `must be ${patterns[pattern] ?? `text that matches ${pattern}`}${orNull}`;
    value = `matching(new RegExp(${JSON.stringify(pattern)}), ${JSON.stringify(message)})`;
  }
  return minLength === undefined && maxLength === undefined
    ? value
    : `${value}.refine(...length(${minLength ?? 0}, ${maxLength ?? "Number.POSITIVE_INFINITY"}))`;
}

function printList({ items = {}, minItems }: Schema): string {
  const value = `list(${print(items)})`;
  if (minItems === undefined) return value;
  return `${value}.min(${minItems}, "must have at least ${minItems} item${minItems === 1 ? "" : "s"}")`;
}

function printNumber({ exclusiveMinimum, minimum, maximum }: Schema): string {
  let value = "number()";
  if (exclusiveMinimum !== undefined)
    value += `.gt(${exclusiveMinimum}, "must be a number above ${exclusiveMinimum}")`;
  if (minimum !== undefined) value += `.gte(${minimum}, "must be ${minimum} at least")`;
  if (maximum !== undefined) value += `.lte(${maximum}, "must be ${maximum} at most")`;
  return value;
}

function printObject({ properties = {}, required = [], additionalProperties }: Schema): string {
  const rows = Object.entries(properties).map(([key, property]) => {
    const value = print(property);
    return `  ${propertyKey(key)}: ${required.includes(key) ? value : `${value}.optional()`},\n`;
  });
  const kind = additionalProperties === false ? "strictObject" : "object";
  const open = isRecord(additionalProperties) ? `.catchall(${print(additionalProperties)})` : "";
  return `z.${kind}({\n${rows.join("")}}, { error: object })${open}`;
}
