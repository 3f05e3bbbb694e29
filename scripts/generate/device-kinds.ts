import type { Api } from "./api.ts";
import type { Schema } from "./document.ts";
import { schemaNameOf } from "./names.ts";
import type { Operation } from "./operation.ts";

/** A kind of device: an event says that one was discovered, and there are operations to read and to list it. */
export interface DeviceKind {
  /** Such as `hemSystem`: the member of its events that holds the device. */
  name: string;
  /** Such as `hem-system`: the part of the names of its events. */
  eventName: string;
  /** Name of the path parameter that holds its ID. */
  parameter: string;
  /** Such as `hemSystems`: the resource of the client. */
  resource: string;
  read: string;
  list: string;
  takesCommands: boolean;
  /** Names of the schemas of a device: all of it, and what is known when it was just discovered. */
  full: string;
  discovered: string;
}

/** The kinds of devices, in the order of the events. */
export function deviceKinds(api: Api): DeviceKind[] {
  return [...api.webhookEvents.keys()].flatMap((event) => {
    const [, eventName] = /^user:([^:]+):discovered$/.exec(event) ?? [];
    return (eventName !== undefined && deviceKind(event, eventName, api)) || [];
  });
}

function deviceKind(event: string, eventName: string, api: Api): DeviceKind | undefined {
  const { operations, webhookEvents } = api;
  const name = camelCase(eventName);
  const parameter = `${name}Id`;
  const read = operations.find(
    ({ method, path }) => method === "GET" && new RegExp(`^/[^/]+/\\{${parameter}\\}$`).test(path),
  );
  const collection = read?.path.slice(0, -`/{${parameter}}`.length) ?? "";
  const list = getAt(collection, operations);
  const full = schemaNameOf(read?.results[0]?.schema?.$ref ?? "");
  const member = propertiesOf(webhookEvents.get(event), api).find(([key]) => key === name);
  const discovered = schemaNameOf(member?.[1].$ref ?? "");
  if (!read || !list || full === undefined || discovered === undefined) return undefined;
  return {
    name,
    eventName,
    parameter,
    resource: camelCase(collection.slice(1)),
    read: read.id,
    list: list.id,
    takesCommands: getAt(`${collection}/actions/{actionId}`, operations) !== undefined,
    full,
    discovered,
  };
}

function camelCase(name: string): string {
  return name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The operation that reads or lists what is at a path. */
export function getAt(path: string, operations: readonly Operation[]): Operation | undefined {
  return operations.find((each) => each.method === "GET" && each.path === path);
}

/** The properties of each object that a schema describes: of every variant, when there are several. */
export function propertiesOf(schema: Schema | undefined, api: Api): [string, Schema][] {
  if (schema?.$ref !== undefined) return propertiesOf(referenced(schema.$ref, api), api);
  const variants = [...(schema?.anyOf ?? []), ...(schema?.oneOf ?? [])];
  return [
    ...variants.flatMap((variant) => propertiesOf(variant, api)),
    ...Object.entries(schema?.properties ?? {}),
  ];
}

/** All strings that a schema names: its constant, or the values of its enum. */
export function valuesOf(schema: Schema | undefined, api: Api): string[] {
  if (schema?.$ref !== undefined) return valuesOf(referenced(schema.$ref, api), api);
  return [schema?.const, ...(schema?.enum ?? [])].filter((value) => typeof value === "string");
}

function referenced(ref: string, { schemas }: Api): Schema | undefined {
  return schemas.get(schemaNameOf(ref) ?? "");
}
