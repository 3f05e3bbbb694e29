import type { Schema } from "./document.ts";
import { schemaNameOf } from "./names.ts";

/**
 * Gives the members of a discriminated union the values that only its mapping names. Where a member
 * says its value itself, as in our own description, nothing changes.
 */
export function fillDiscriminators(
  schemas: Map<string, Schema>,
  typeNames: Map<string, string>,
): void {
  for (const { discriminator, oneOf, anyOf } of schemas.values()) {
    if (!discriminator) continue;
    const { propertyName, mapping = {} } = discriminator;
    for (const { $ref = "" } of oneOf ?? anyOf ?? []) {
      const name = schemaNameOf($ref) ?? "";
      const member = schemas.get(name);
      const property = member?.properties?.[propertyName] ?? { type: "string" };
      if (!member?.properties || property.const !== undefined || property.enum) continue;
      const mapped = Object.entries(mapping).filter(
        ([, target]) => typeNames.get(schemaNameOf(target) ?? target) === name,
      );
      // Without a mapping the value is the name of the schema, as the document spells it.
      const implied = [...typeNames].filter(([, typeName]) => typeName === name);
      const values = (mapped.length > 0 ? mapped : implied).map(([value]) => value);
      member.properties[propertyName] = { ...property, enum: values };
      member.required = [...new Set([...(member.required ?? []), propertyName])];
    }
  }
}
