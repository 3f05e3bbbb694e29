import {
  DocumentError,
  isOpenEnum,
  isRecord,
  lookUp,
  type OpenApiDocument,
  type Schema,
} from "./document.ts";
import { refTo, schemaNameOf } from "./names.ts";

/**
 * Returns a function that puts a schema into the one form which the types and the zod schemas are
 * both made from, so that the two cannot disagree:
 *
 * - every `$ref` points at a component schema by its TypeScript name; other targets are copied in
 * - null stands in `type`, or in a union with `{ type: "null" }`; never in `nullable` or `enum`
 * - `allOf` of objects is one object
 * - an open enum of anything but strings is just its `type`, which is all that stays certain
 * - properties marked `x-unlisted` are gone
 */
export function normaliser(
  document: OpenApiDocument,
  names: Map<string, string>,
): (input: Schema | boolean) => Schema {
  const normalise = (input: Schema | boolean, trail: readonly string[] = []): Schema => {
    if (typeof input === "boolean") return {};
    if (input.$ref !== undefined) return reference(input, trail);
    const schema: Schema = withoutNullable({ ...input });
    if (schema["x-open-enum"] && !isOpenEnum(schema)) delete schema.enum;
    if (schema.properties) {
      const listed = Object.entries(schema.properties).filter(
        ([, value]) => value["x-unlisted"] !== true,
      );
      schema.properties = Object.fromEntries(
        listed.map(([key, value]) => [key, normalise(value, trail)]),
      );
    }
    if (schema.items !== undefined) schema.items = normalise(schema.items, trail);
    if (isRecord(schema.additionalProperties)) {
      schema.additionalProperties = normalise(schema.additionalProperties, trail);
    }
    for (const kind of ["anyOf", "oneOf"] as const) {
      if (schema[kind]) schema[kind] = schema[kind].map((member) => normalise(member, trail));
    }
    return schema.allOf ? mergeAllOf(schema, trail) : schema;
  };

  /** A reference keeps its own description, which OpenAPI 3.1 allows beside `$ref`. */
  const reference = (input: Schema, trail: readonly string[]): Schema => {
    const ref = input.$ref ?? "";
    const name = schemaNameOf(ref);
    if (name !== undefined) {
      lookUp(document, ref);
      return { ...input, $ref: refTo(names.get(decodeURIComponent(name)) ?? name) };
    }
    return { ...follow(ref, trail), ...descriptionOf(input) };
  };

  const follow = (ref: string, trail: readonly string[]): Schema => {
    if (trail.includes(ref)) {
      throw new DocumentError(`The schema ${ref} contains itself.`);
    }
    return normalise(lookUp(document, ref) as Schema, [...trail, ref]);
  };

  const mergeAllOf = (schema: Schema, trail: readonly string[]): Schema => {
    const { allOf = [], ...own } = schema;
    const [only] = allOf;
    if (allOf.length === 1 && only && !own.properties && !own.type) {
      return { ...normalise(only, trail), ...descriptionOf(own) };
    }
    const parts = allOf.map((part) =>
      part.$ref === undefined ? normalise(part, trail) : follow(part.$ref, trail),
    );
    if (own.properties ?? own.required) parts.push(own);
    if (!parts.every(isPlainObject)) {
      return { ...own, allOf: allOf.map((part) => normalise(part, trail)) };
    }
    const merged: Schema = { ...own, type: "object", properties: {} };
    const required = new Set<string>();
    for (const part of parts) {
      Object.assign(merged.properties ?? {}, part.properties);
      for (const key of part.required ?? []) required.add(key);
      if (part.additionalProperties !== undefined && part.additionalProperties !== false) {
        merged.additionalProperties = part.additionalProperties;
      }
    }
    return { ...merged, required: [...required] };
  };

  return normalise;
}

function isPlainObject(schema: Schema): boolean {
  const composed = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? schema.enum ?? schema.$ref;
  return composed === undefined && (schema.type ?? "object") === "object";
}

function descriptionOf({ description }: Schema): Schema {
  return description === undefined ? {} : { description };
}

/** Writes OpenAPI 3.0's `nullable`, and a null within an enum, the way of OpenAPI 3.1. */
function withoutNullable({ nullable, ...schema }: Schema): Schema {
  const types = [schema.type ?? []].flat();
  const nullInEnum =
    schema.enum?.includes(null) === true &&
    (nullable || types.length === 0 || types.includes("null"));
  if (schema.enum) schema.enum = schema.enum.filter((value) => value !== null);
  if ((!nullable && !nullInEnum) || types.includes("null")) return schema;
  if (types.length > 0) return { ...schema, type: [...types, "null"] };
  return { anyOf: [schema, { type: "null" }], ...descriptionOf(schema) };
}
