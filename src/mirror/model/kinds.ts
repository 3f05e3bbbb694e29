import {
  actingKinds,
  type DeviceKind,
  deviceSources,
  kindsDiscoveredWhole,
} from "../../../generated/kinds.ts";

/** What is listed at Enode: devices of each kind, and users. */
export type SyncKind = DeviceKind | "user";

/** The resource of the client that reads each kind, and the operation that lists it. */
export const sources: typeof deviceSources & {
  readonly user: { readonly resource: "users"; readonly operation: "listUsers" };
} = {
  ...deviceSources,
  user: { resource: "users", operation: "listUsers" },
};

// `Object.keys` returns plain strings.
export const deviceKinds = Object.keys(deviceSources) as readonly DeviceKind[];

/** All of them, users first: the owners of the devices are then known. */
export const syncKinds: readonly SyncKind[] = ["user", ...deviceKinds];

/** Kinds of devices that take commands. */
export type ActingKind = (typeof actingKinds)[number];

export function isActingKind(kind: SyncKind): kind is ActingKind {
  return actingKinds.some((each) => each === kind);
}

/** Whether the event of discovery holds the whole device. */
export function isDiscoveredWhole(kind: DeviceKind): boolean {
  return kindsDiscoveredWhole.some((each) => each === kind);
}

export function isDeviceKind(value: unknown): value is DeviceKind {
  return deviceKinds.some((each) => each === value);
}
