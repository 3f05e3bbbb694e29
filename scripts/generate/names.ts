import { DocumentError } from "./document.ts";

const refPrefix = "#/components/schemas/";

/** The name in a reference to a component schema, or undefined for a reference to anything else. */
export function schemaNameOf(ref: string): string | undefined {
  const name = ref.startsWith(refPrefix) ? ref.slice(refPrefix.length) : undefined;
  return name?.includes("/") ? undefined : name;
}

export function refTo(name: string): string {
  return refPrefix + name;
}

/**
 * The TypeScript name of each component schema. Enode-like names stay as they are; what another
 * document may hold ("vehicle-page", "api.Vehicle") becomes VehiclePage and ApiVehicle.
 */
export function typeNames(schemaNames: string[]): Map<string, string> {
  const names = new Map<string, string>();
  const owners = new Map<string, string>();
  for (const schemaName of schemaNames) {
    const name = pascalCase(schemaName);
    const other = owners.get(name);
    if (other !== undefined) {
      throw new DocumentError(
        `The schemas ${other} and ${schemaName} would both be called ${name}.`,
      );
    }
    owners.set(name, schemaName);
    names.set(schemaName, name);
  }
  return names;
}

function pascalCase(name: string): string {
  const joined = name
    .split(/[^A-Za-z0-9_$]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
  return /^[A-Za-z_$]/.test(joined) ? joined : `_${joined}`;
}

/** A property key, quoted only where JavaScript needs it. */
export function propertyKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) && key !== "__proto__" ? key : JSON.stringify(key);
}
