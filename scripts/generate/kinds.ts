import type { Api } from "./api.ts";
import { banner } from "./banner.ts";
import { type DeviceKind, deviceKinds, getAt, propertiesOf, valuesOf } from "./device-kinds.ts";
import { propertyKey } from "./names.ts";

/**
 * Writes kinds.ts: what is said about kinds of devices in more than one place of the source. One constant a use, so
 * that a bundle takes only those that it needs.
 */
export function renderKinds(api: Api): string {
  const kinds = deviceKinds(api);
  const types = new Set(kinds.flatMap(({ full, discovered }) => [full, discovered]));
  return [
    banner,
    ...(types.size > 0
      ? [`import type { ${[...types].sort().join(", ")} } from "./types.ts";\n`]
      : []),
    `/** What a device of each kind looks like: once all of it is known, and when it was just discovered. */
export interface DeviceTypes {
${kinds.map(typesOfKind).join("")}}
`,
    `/** A kind of device. */\nexport type DeviceKind = keyof DeviceTypes;\n`,
    constant(
      "The kinds of devices, by their names in the names of events.",
      "kindsByEventName",
      object(kinds, ({ eventName, name }) => [eventName, text(name)]),
    ),
    constant(
      "Kinds whose discovered devices are whole; of the others little more than a name is known then.",
      "kindsDiscoveredWhole",
      array(kinds.filter(({ full, discovered }) => full === discovered).map(({ name }) => name)),
    ),
    constant(
      "Kinds of devices that take commands.",
      "actingKinds",
      array(kinds.filter(({ takesCommands }) => takesCommands).map(({ name }) => name)),
    ),
    constant(
      "How the client reads each kind: by which of its resources, and by which operation that lists it.",
      "deviceSources",
      object(kinds, ({ name, resource, list }) => [
        name,
        `{ resource: ${text(resource)}, operation: ${text(list)} }`,
      ]),
    ),
    constant(
      "Path parameters that hold the ID of a device.",
      "deviceIdParameters",
      array(kinds.map(({ parameter }) => parameter)),
    ),
    constant(
      "Where an event holds the ID of the device that it is about: by its member, and the member of that.",
      "deviceIdPlaces",
      object(deviceIdPlaces(api, kinds), ([member, id]) => [member, text(id)]),
    ),
    constant(
      "Lists of everybody's, and the same lists of one user.",
      "listsOfUser",
      object(listsOfUser(api), ([all, ofUser]) => [all, text(ofUser)]),
    ),
    constant(
      "Reads whose answer names the user that it belongs to, by one ID in their path.",
      "ownedReads",
      array(ownedReads(api)),
    ),
    constant(
      "Kinds that a request names as its target, each with its read and the path parameter of that.",
      "targetReads",
      object(targets(api, kinds), ({ name, read, parameter }) => [
        name,
        `{ read: ${text(read)}, parameter: ${text(parameter)} }`,
      ]),
    ),
  ].join("\n");
}

/** By the schemas of the events: a device has an `id`, and what is about one names it. */
function deviceIdPlaces(api: Api, kinds: DeviceKind[]): Map<string, string> {
  const places = new Map(kinds.map(({ name }) => [name, "id"]));
  const names = new Set(["targetId", ...kinds.map(({ parameter }) => parameter)]);
  for (const event of api.webhookEvents.values()) {
    for (const [member, schema] of propertiesOf(event, api)) {
      const id = propertiesOf(schema, api).find(([name]) => names.has(name));
      if (id && !places.has(member)) places.set(member, id[0]);
    }
  }
  return places;
}

function listsOfUser({ operations }: Api): [string, string][] {
  return operations.flatMap(({ id, path }): [string, string][] => {
    const ofUser = getAt(`/users/{userId}${path}`, operations);
    return ofUser && getAt(path, operations)?.id === id ? [[id, ofUser.id]] : [];
  });
}

function ownedReads(api: Api): string[] {
  const reads = api.operations.filter(
    ({ method, path, pathParameters, results }) =>
      method === "GET" &&
      path.endsWith("}") &&
      pathParameters.length === 1 &&
      propertiesOf(results[0]?.schema, api).some(([name]) => name === "userId"),
  );
  return reads.map(({ id }) => id);
}

/** Kinds that a body names by `targetType`. */
function targets(api: Api, kinds: DeviceKind[]): DeviceKind[] {
  const types = api.operations
    .flatMap(({ body }) => propertiesOf(body?.schema, api))
    .filter(([name]) => name === "targetType")
    .flatMap(([, schema]) => valuesOf(schema, api));
  return kinds.filter(({ name }) => types.includes(name));
}

function typesOfKind({ name, full, discovered }: DeviceKind): string {
  return `  /** The types of the kind \`${name}\`. */
  ${propertyKey(name)}: {
    /** Once all of it is known. */
    full: ${full};
    /** When it was just discovered. */
    discovered: ${discovered};
  };
`;
}

function constant(comment: string, name: string, value: string): string {
  return `/** ${comment} */\nexport const ${name} = ${value} as const;\n`;
}

function array(values: readonly string[]): string {
  return values.length === 0
    ? "[]"
    : `[\n${values.map((value) => `  ${text(value)},\n`).join("")}]`;
}

function object<T>(items: Iterable<T>, entryOf: (item: T) => [key: string, value: string]): string {
  const entries = [...items].map(entryOf);
  if (entries.length === 0) return "{}";
  return `{\n${entries.map(([key, value]) => `  ${propertyKey(key)}: ${value},\n`).join("")}}`;
}

function text(value: string): string {
  return JSON.stringify(value);
}
