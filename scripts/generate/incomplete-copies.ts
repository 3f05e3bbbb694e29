import { DocumentError, isRecord, type Schema } from "./document.ts";
import { schemaNameOf } from "./names.ts";

const extension = "x-incomplete-copy-of";

/**
 * Fills the schemas that are marked `x-incomplete-copy-of`: each takes over the properties of the
 * schema it names, except for those that it lists itself. What is taken over may be missing or null,
 * at any depth; an array may be null as a whole, and its items stay as they are.
 *
 * Takes normalised schemas and leaves such, so no renderer has to know the extension.
 */
export function expandIncompleteCopies(
  schemas: Map<string, Schema>,
  typeNames: Map<string, string>,
): void {
  /** A schema without the extension, whatever their order. */
  const expanded = (name: string, trail: readonly string[]): Schema => {
    if (trail.includes(name)) {
      const copy = trail[0] ?? name;
      const culprit = copy === name ? "itself" : `${name}, which contains itself`;
      throw new DocumentError(`The ${extension} of ${copy} leads to ${culprit}.`);
    }
    const schema = schemas.get(name) ?? {};
    if (schema[extension] === undefined) return schema;
    const { [extension]: marked, ...copy } = schema;
    const source = typeNames.get(schemaNameOf(String(marked)) ?? "") ?? "";
    const { properties } = expanded(source, [...trail, name]);
    if (!properties) {
      throw new DocumentError(
        `The ${extension} of ${name} must point at a schema with properties, such as "#/components/schemas/Vehicle".`,
      );
    }
    const own = copy.properties ?? {};
    const taken = mapMembers(properties, (member, key) =>
      Object.hasOwn(own, key) ? member : nullable(incomplete(member, [...trail, name, source])),
    );
    const filled = { ...copy, type: "object", properties: { ...taken, ...own } };
    schemas.set(name, filled);
    return filled;
  };

  /** The same schema, in whose objects every member may be missing or null. Arrays stay as they are. */
  const incomplete = (schema: Schema, trail: readonly string[]): Schema => {
    const { $ref, ...rest } = schema;
    if ($ref !== undefined) {
      const name = schemaNameOf($ref) ?? "";
      const target = expanded(name, trail);
      const inlined = incomplete(target, [...trail, name]);
      // What holds no object, such as an enum, is the same in a copy: so it keeps its name.
      return inlined === target ? schema : { ...inlined, ...rest };
    }
    const part = (each: Schema) => incomplete(each, trail);
    const member = (each: Schema) => nullable(part(each));
    const copy: Schema = {};
    if (rest.properties) copy.properties = mapMembers(rest.properties, member);
    if (isRecord(rest.additionalProperties)) {
      copy.additionalProperties = member(rest.additionalProperties);
    }
    for (const kind of ["allOf", "anyOf", "oneOf"] as const) {
      const parts = rest[kind]?.map(part);
      if (parts?.some((each, index) => each !== rest[kind]?.[index])) copy[kind] = parts;
    }
    if (Object.keys(copy).length === 0) return schema;
    // Neither what a member must have nor what tells members of a union apart is certain any more.
    const { required: _, discriminator: __, ...kept } = rest;
    return { ...kept, ...copy };
  };

  for (const name of schemas.keys()) expanded(name, []);
}

function nullable(schema: Schema): Schema {
  const implied = schema.properties ? "object" : schema.items ? "array" : [];
  const types = [schema.type ?? implied].flat();
  const members = schema.anyOf ?? schema.oneOf;
  if ([{ type: types }, ...(members ?? [])].some(({ type = [] }) => type.includes("null"))) {
    return schema;
  }
  const isComposed = members ?? schema.allOf ?? schema.const;
  if (types.length > 0 && isComposed === undefined) return { ...schema, type: [...types, "null"] };
  return { ...documentation(schema), anyOf: [schema, { type: "null" }] };
}

/** What is said of a schema to readers, as it shows in the doc comments. */
function documentation(schema: Schema): Schema {
  const shown = ["description", "deprecated", "x-beta", "x-experimental"];
  return Object.fromEntries(Object.entries(schema).filter(([key]) => shown.includes(key)));
}

function mapMembers(
  members: Record<string, Schema>,
  change: (member: Schema, key: string) => Schema,
): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(members).map(([key, member]) => [key, change(member, key)]),
  );
}
