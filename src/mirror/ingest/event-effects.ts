import type { DeviceRecord } from "../../storage/contracts/index.ts";
import type { DeviceKind } from "../model/kinds.ts";
import { actionRecordOf, isId, type Provenance, recordOf, tombstoneOf } from "../model/records.ts";

/** What an event says that the mirror keeps. */
export interface EventEffect {
  readonly record?: DeviceRecord;
  /** The user who is to be read anew. */
  readonly user?: { readonly id: string; readonly since: number };
}

type Loose = Readonly<Record<string, unknown>>;

const kinds: Readonly<Record<string, DeviceKind>> = {
  vehicle: "vehicle",
  charger: "charger",
  hvac: "hvac",
  inverter: "inverter",
  battery: "battery",
  meter: "meter",
  "hem-system": "hemSystem",
};

/** The user that an event is of, whatever it is about. */
export function userIdIn(event: unknown): string | undefined {
  const { user } = Object(event) as Loose;
  const { id } = Object(user) as Loose;
  return isId(id) ? id : undefined;
}

/** Text tells which member of the event makes no sense; undefined is for events that the mirror has no use for. */
export function effectOf(event: unknown, namespace: string): EventEffect | string | undefined {
  const { event: name, createdAt, user, ...rest } = Object(event) as Loose;
  if (typeof name !== "string") return "event";
  const [, what = "", how = ""] = /^user:([^:]+):([^:]+)$/.exec(name) ?? [];
  const kind = Object.hasOwn(kinds, what) ? kinds[what] : undefined;
  const isAction = name === "user:vendor-action:updated";
  const isAboutDevice = kind && ["discovered", "updated", "deleted"].includes(how);
  if (!isAboutDevice && !isAction && name !== "user:credentials:invalidated") return undefined;

  const observedAt = Date.parse(String(createdAt));
  if (!Number.isFinite(observedAt)) return "createdAt";
  const userId = (Object(user) as Loose)["id"];
  if (!isId(userId)) return "user.id";
  const provenance: Provenance = { namespace, source: "webhook", observedAt, userId };
  const reread = { user: { id: userId, since: observedAt } };
  if (isAction) {
    const record = actionRecordOf(rest["vendorAction"], provenance);
    return record ? { record } : "vendorAction";
  }
  if (!kind) return reread;
  // Events about chargers are whole from the first one on; the others begin with little more than a name.
  const partial = how === "discovered" && kind !== "charger";
  const record = recordOf(kind, rest[kind], { ...provenance, partial });
  if (!record) return kind;
  if (how === "deleted") return { record: tombstoneOf(record, provenance) };
  // With a device of another vendor comes an account that is linked now, or works again.
  return how === "discovered" ? { record, ...reread } : { record };
}
