import { type DeviceKind, kindsByEventName } from "../../../generated/kinds.ts";
import type { WebhookEvent } from "../../../generated/types.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import { isDiscoveredWhole } from "../model/kinds.ts";
import { readingIn } from "../model/observation.ts";
import { actionRecordOf, isId, type Provenance, recordOf, tombstoneOf } from "../model/records.ts";

/** What the mirror keeps of an event. */
export interface EventEffect {
  readonly record?: DeviceRecord;
  /** The user to read again. */
  readonly user?: { readonly id: string; readonly since: number };
}

type Loose = Readonly<Record<string, unknown>>;

const kinds: Readonly<Record<string, DeviceKind>> = kindsByEventName;

type DeviceEvent = `user:${keyof typeof kindsByEventName}:${"discovered" | "updated" | "deleted"}`;

/**
 * What the mirror does with all other events: it keeps their action, reads their user again, or ignores them. The
 * compiler reports an event that is missing here.
 */
const others: Readonly<
  Record<Exclude<WebhookEvent["event"], DeviceEvent>, "action" | "user" | undefined>
> = {
  "user:vendor-action:updated": "action",
  "user:credentials:invalidated": "user",
  "user:vehicle:smart-charging-status-updated": undefined,
  "user:inverter:statistics-updated": undefined,
  "user:schedule:execution-updated": undefined,
  "system:heartbeat": undefined,
  "enode:webhook:test": undefined,
};

/** ID of the user to whom an event belongs, whatever its subject. */
export function userIdIn(event: unknown): string | undefined {
  const { user } = Object(event) as Loose;
  const { id } = Object(user) as Loose;
  return isId(id) ? id : undefined;
}

/** Returns the name of a member that is invalid, or undefined for events that the mirror does not use. */
export function effectOf(event: unknown, namespace: string): EventEffect | string | undefined {
  const { event: name, createdAt, user, ...rest } = Object(event) as Loose;
  if (typeof name !== "string") return "event";
  const [, what = "", how = ""] = /^user:([^:]+):(discovered|updated|deleted)$/.exec(name) ?? [];
  const kind = Object.hasOwn(kinds, what) ? kinds[what] : undefined;
  const other = Object.hasOwn(others, name) ? others[name as keyof typeof others] : undefined;
  if (!kind && !other) return undefined;

  const observedAt = Date.parse(String(createdAt));
  if (!Number.isFinite(observedAt)) return "createdAt";
  const userId = (Object(user) as Loose)["id"];
  if (!isId(userId)) return "user.id";
  const provenance: Provenance = { namespace, source: "webhook", observedAt, userId };
  const reread = { user: { id: userId, since: observedAt } };
  if (other === "action") {
    const record = actionRecordOf(rest["vendorAction"], provenance);
    return record ? { record } : "vendorAction";
  }
  if (!kind) return reread;
  // For most kinds the first event has little more than a name.
  const partial = how === "discovered" && !isDiscoveredWhole(kind);
  // It has no readings either.
  const readingAt = partial ? undefined : readingIn(Object(rest[kind]));
  const record = recordOf(kind, rest[kind], { ...provenance, readingAt, partial });
  if (!record) return kind;
  if (how === "deleted") return { record: tombstoneOf(record, provenance) };
  // A device of another vendor means that an account was linked, or works again.
  return how === "discovered" ? { record, ...reread } : { record };
}
