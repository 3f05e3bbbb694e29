import type { Api } from "./api.ts";
import { banner } from "./banner.ts";
import { deviceKinds, propertiesOf, valuesOf } from "./device-kinds.ts";
import { DocumentError, type Schema } from "./document.ts";
import { propertyKey, schemaNameOf } from "./names.ts";

/** What a device tells of itself over time, under its place in the device. */
interface Metric {
  name: string;
  /** Its values: numbers, `true` and `false`, or names such as those of states and of locations. */
  type: "number" | "boolean" | "text";
  /** Unit of the numbers, as the description gives it. */
  unit: string | undefined;
  /** Where the device says in which unit they are. */
  unitAt: string | undefined;
  /** Where the device says when it was read; undefined for what is true when Enode says so. */
  readAt: string | undefined;
}

/** Parts of a device that describe it, or say what was set: they are no readings. */
const descriptive = new Set(["information", "capabilities", "scopes", "smartChargingPolicy"]);
const units = /\bin (%|kWh|kW|km|A|°C|minutes)(?!\w)/;

/** Writes metrics.ts: the readings of each kind of device. */
export function renderMetrics(api: Api): string {
  const kinds = deviceKinds(api).map(({ name, full }) => ({
    name,
    metrics: metricsOf({ $ref: `#/components/schemas/${full}` }, api),
  }));
  const lines = kinds.map(
    ({ name, metrics }) =>
      `  ${propertyKey(name)}: {\n${metrics.map((metric) => `    ${JSON.stringify(metric.name)}: ${entryOf(metric)},\n`).join("")}  },\n`,
  );
  const names = kinds.map(
    ({ name, metrics }) =>
      `  ${propertyKey(name)}: ${metrics.map((metric) => JSON.stringify(metric.name)).join(" | ")};\n`,
  );
  return [
    banner,
    `/** What the readings of each kind of device are called: their places in the device. */
export interface MetricNames {
${names.join("")}}
`,
    `/**
 * The readings of each kind of device, under their place in the device. \`readAt\` is the place of the time at which it
 * was read; what has none is true when Enode says so. \`unitAt\` is that of the unit, where the device names one.
 */
export const metrics = {
${lines.join("")}} as const;
`,
  ].join("\n");
}

function metricsOf(schema: Schema, api: Api): Metric[] {
  const found: Metric[] = [];
  const collect = (part: Schema, path: string, readAt: string | undefined): void => {
    const properties = new Map(propertiesOf(part, api));
    const time = properties.has("lastUpdated") ? `${path}lastUpdated` : readAt;
    for (const [name, property] of properties) {
      if (path === "" && descriptive.has(name)) continue;
      if (propertiesOf(property, api).length > 0) {
        collect(property, `${path}${name}.`, time);
        continue;
      }
      const type = typeOf(name, property, time !== undefined && path !== "", api);
      if (type === undefined) continue;
      const isTimed = name !== "isReachable";
      found.push({
        name: `${path}${name}`,
        type,
        unit: type === "number" ? unitOf(property, `${path}${name}`, api) : undefined,
        unitAt: type === "number" && properties.has("unit") ? `${path}unit` : undefined,
        readAt: isTimed ? time : undefined,
      });
    }
  };
  const has = new Set(propertiesOf(schema, api).map(([name]) => name));
  collect(schema, "", has.has("lastSeen") ? "lastSeen" : undefined);
  return found;
}

/** Undefined for what is no reading: IDs, names, times, and coordinates, which are nobody's business in a chart. */
function typeOf(
  name: string,
  property: Schema,
  isTimed: boolean,
  api: Api,
): Metric["type"] | undefined {
  if (name === "longitude" || name === "latitude") return undefined;
  const forms = [property, ...(property.anyOf ?? []), ...(property.oneOf ?? [])];
  if (forms.some((form) => valuesOf(form, api).length > 0)) return isTimed ? "text" : undefined;
  const types = forms.flatMap(({ type }) => type ?? []);
  if (types.includes("number") || types.includes("integer")) return "number";
  if (types.includes("boolean")) return "boolean";
  // Where a device is, and what it is connected to.
  const isPlace = name === "id" || /^pluggedIn\w+Id$/.test(name);
  return isPlace && isTimed && types.includes("string") ? "text" : undefined;
}

function unitOf(property: Schema, name: string, api: Api): string {
  const described = [
    property.description,
    api.schemas.get(schemaNameOf(property.$ref ?? "") ?? "")?.description,
  ];
  for (const text of described) {
    const unit = units.exec(text ?? "")?.[1];
    if (unit !== undefined) return unit;
  }
  throw new DocumentError(
    `The description of the reading ${name} does not say its unit, such as "in kWh".`,
  );
}

function entryOf({ type, unit, unitAt, readAt }: Metric): string {
  const parts = [
    `type: ${JSON.stringify(type)}`,
    ...(unit === undefined ? [] : [`unit: ${JSON.stringify(unit)}`]),
    ...(unitAt === undefined ? [] : [`unitAt: ${JSON.stringify(unitAt)}`]),
    ...(readAt === undefined ? [] : [`readAt: ${JSON.stringify(readAt)}`]),
  ];
  return `{ ${parts.join(", ")} }`;
}
