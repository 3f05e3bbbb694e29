import {
  type DeviceKind,
  kindsByEventName,
  kindsDiscoveredWhole,
} from "../../../generated/kinds.ts";
import type { ToldDevice } from "./device-readings.ts";
import { isId } from "./texts.ts";

const kinds: Readonly<Record<string, DeviceKind>> = kindsByEventName;

/** A device of which an event tells, and whether it is gone. */
export interface DeviceNews {
  readonly device: ToldDevice;
  readonly isGone: boolean;
}

/** Returns the name of a member that is invalid, or undefined for events that tell nothing of a device. */
export function newsIn(event: unknown): DeviceNews | string | undefined {
  const {
    event: name,
    createdAt,
    user,
    ...rest
  } = Object(event) as Readonly<Record<string, unknown>>;
  if (typeof name !== "string") return "event";
  const [, what = "", how = ""] = /^user:([^:]+):(discovered|updated|deleted)$/.exec(name) ?? [];
  const kind = Object.hasOwn(kinds, what) ? kinds[what] : undefined;
  if (kind === undefined) return undefined;
  // Of most kinds little more than a name is known then: a reading that is null was not read.
  if (how === "discovered" && !kindsDiscoveredWhole.some((each) => each === kind)) return undefined;
  const observedAt = Date.parse(String(createdAt));
  if (!(observedAt >= 0)) return "createdAt";
  const { id: userId } = Object(user) as { id?: unknown };
  if (!isId(userId)) return "user.id";
  const data = rest[kind];
  const { id } = Object(data) as { id?: unknown };
  if (!isId(id)) return `${kind}.id`;
  const { updatedFields } = rest;
  const changed = Array.isArray(updatedFields) ? new Set<string>(updatedFields) : undefined;
  return { device: { kind, id, userId, data, observedAt, changed }, isGone: how === "deleted" };
}
