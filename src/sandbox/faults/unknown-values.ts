/** Members whose values are open enums, wherever the description has them. */
export const OPEN_ENUMS: ReadonlySet<string> = new Set([
  "access",
  "agent",
  "capableModes",
  "category",
  "domain",
  "failureCondition",
  "finalState",
  "kind",
  "linkingStatus",
  "operationMode",
  "powerDeliveryState",
  "scopes",
  "state",
  "status",
  "unitType",
  "vendor",
  "vendorType",
]);

/** The value that replaces known ones. */
const VALUE = "SANDBOX_UNKNOWN";

/** A copy of JSON with one more member in every object, and an unknown value in every open enum. */
export function withUnknowns(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(withUnknowns);
  if (typeof json !== "object" || json === null) return json;
  const members = Object.entries(json).map(([name, value]) => {
    if (OPEN_ENUMS.has(name)) {
      if (typeof value === "string") return [name, VALUE];
      if (Array.isArray(value)) return [name, [...value, VALUE]];
    }
    return [name, withUnknowns(value)];
  });
  return { ...Object.fromEntries(members), sandboxUnknown: VALUE };
}
