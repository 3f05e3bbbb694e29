import type { DeviceKind } from "../../../generated/kinds.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import type { SyncKind } from "./kinds.ts";

/** How the mirror heard of something. */
export type MirrorSource = "webhook" | "backfill" | "reconcile" | "read";

/** How and when something was seen. */
export interface Provenance {
  readonly namespace: string;
  readonly source: MirrorSource;
  /** By Enode's clock, in ms since the epoch. */
  readonly observedAt: number;
  /** Whose it is, where the thing itself does not say so. */
  readonly userId?: string | undefined;
  readonly partial?: boolean;
}

type Loose = Readonly<Record<string, unknown>>;

/** What stores take as an ID. */
const longestId = 200;
/** An action that has not come to its end is of a kind of its own, so that a store finds it without looking at all. */
const pending = ":pending";

/** A device or user as a record; undefined when it has no ID by which to keep it. */
export function recordOf(
  kind: SyncKind,
  thing: unknown,
  provenance: Provenance,
): DeviceRecord | undefined {
  const { id, userId, vendor, information } = Object(thing) as Loose;
  if (!isId(id)) return undefined;
  const isUser = kind === "user";
  const owner = isUser ? id : isId(userId) ? userId : provenance.userId;
  // A HEM system tells its vendor among the facts about it.
  const brand = vendor ?? (Object(information) as Loose)["vendor"];
  return record(provenance, {
    collection: isUser ? "users" : "devices",
    id,
    kind,
    userId: owner ?? null,
    vendor: isText(brand) ? brand : null,
    identity: isUser ? null : identityOf(kind, brand, Object(information) as Loose),
    payload: JSON.stringify(thing),
  });
}

/** An action as a record; undefined when it has no ID by which to keep it. */
export function actionRecordOf(action: unknown, provenance: Provenance): DeviceRecord | undefined {
  const { id, userId, targetType, state } = Object(action) as Loose;
  if (!isId(id) || !isText(targetType)) return undefined;
  return record(provenance, {
    collection: "actions",
    id,
    kind: state === "PENDING" ? pendingKind(targetType) : targetType,
    userId: (isId(userId) ? userId : provenance.userId) ?? null,
    vendor: null,
    identity: null,
    payload: JSON.stringify(action),
  });
}

/** That a thing is gone. Whose it was is kept, and nothing of what it was. */
export function tombstoneOf(known: DeviceRecord, provenance: Provenance): DeviceRecord {
  const { collection, id, userId, vendor } = known;
  const kind = targetTypeOf(known.kind);
  return record(provenance, {
    collection,
    id,
    kind,
    userId,
    vendor,
    identity: null,
    payload: null,
  });
}

/** That a user is gone. */
export function userTombstone(id: string, provenance: Provenance): DeviceRecord {
  const nothing = { vendor: null, identity: null, payload: null };
  return record(provenance, { collection: "users", id, kind: "user", userId: id, ...nothing });
}

/** Kind of the records of pending actions on devices of a kind. */
export function pendingKind(targetType: string): string {
  return `${targetType}${pending}`;
}

/** On which kind of device an action acts, by the kind of its record. */
export function targetTypeOf(kind: string): string {
  return kind.endsWith(pending) ? kind.slice(0, -pending.length) : kind;
}

/** Whether a store can keep something under it. */
export function isId(value: unknown): value is string {
  return isText(value) && value.length <= longestId && value.isWellFormed();
}

function record(
  { namespace, source, observedAt, partial = false }: Provenance,
  rest: Pick<
    DeviceRecord,
    "collection" | "id" | "kind" | "userId" | "vendor" | "identity" | "payload"
  >,
): DeviceRecord {
  return { namespace, ...rest, partial, observedAt, receivedAt: Date.now(), source };
}

/** By what the device is the same one whoever has linked it: a VIN, or the serial number that its vendor gave it. */
function identityOf(kind: DeviceKind, vendor: unknown, information: Loose): string | null {
  const { vin, serialNumber, sn } = information;
  const [prefix, number] =
    kind === "vehicle" ? ["vin", vin] : [`serial:${String(vendor)}`, serialNumber ?? sn];
  const text = isText(number) ? number.trim().toUpperCase() : "";
  return text === "" ? null : `${prefix}:${text}`;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
