import type { DeviceKind } from "../../../generated/kinds.ts";
import type { DeviceRecord } from "../../storage/contracts/index.ts";
import type { SyncKind } from "./kinds.ts";

/** Where an update of the mirror came from. */
export type MirrorSource = "webhook" | "backfill" | "reconcile" | "read";

/** Where and when a record was observed. */
export interface Provenance {
  readonly namespace: string;
  readonly source: MirrorSource;
  /** By Enode's clock, in ms since the epoch. */
  readonly observedAt: number;
  /** The time of its newest reading; undefined for what has none. */
  readonly readingAt?: number | undefined;
  /** ID of the owner, where the resource itself does not have it. */
  readonly userId?: string | undefined;
  readonly partial?: boolean;
}

type Loose = Readonly<Record<string, unknown>>;

/** Length of the longest ID that stores accept. */
const longestId = 200;
/** Suffix of the kind of pending actions: a kind of their own lets a store find them without a scan. */
const pending = ":pending";

/** A device or user as a record; undefined when it has no ID by which to keep it. */
export function recordOf(
  kind: SyncKind,
  resource: unknown,
  provenance: Provenance,
): DeviceRecord | undefined {
  const { id, userId, vendor, information } = Object(resource) as Loose;
  if (!isId(id)) return undefined;
  const isUser = kind === "user";
  const owner = isUser ? id : isId(userId) ? userId : provenance.userId;
  // A HEM system has its vendor in `information`.
  const brand = vendor ?? (Object(information) as Loose)["vendor"];
  return record(provenance, {
    collection: isUser ? "users" : "devices",
    id,
    kind,
    userId: owner ?? null,
    vendor: isText(brand) ? brand : null,
    identity: isUser ? null : identityOf(kind, brand, Object(information) as Loose),
    payload: JSON.stringify(resource),
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

/** The record of a deleted device or action. It keeps the owner, and none of the content. */
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

/** The record of a deleted user. */
export function userTombstone(id: string, provenance: Provenance): DeviceRecord {
  const nothing = { vendor: null, identity: null, payload: null };
  return record(provenance, { collection: "users", id, kind: "user", userId: id, ...nothing });
}

/** Kind of the records of pending actions on devices of a kind. */
export function pendingKind(targetType: string): string {
  return `${targetType}${pending}`;
}

/** Kind of the device on which an action acts, from the kind of its record. */
export function targetTypeOf(kind: string): string {
  return kind.endsWith(pending) ? kind.slice(0, -pending.length) : kind;
}

/** Whether stores accept it as an ID. */
export function isId(value: unknown): value is string {
  return isText(value) && value.length <= longestId && value.isWellFormed();
}

function record(
  { namespace, source, observedAt, readingAt, partial = false }: Provenance,
  rest: Pick<
    DeviceRecord,
    "collection" | "id" | "kind" | "userId" | "vendor" | "identity" | "payload"
  >,
): DeviceRecord {
  const made = { namespace, ...rest, partial, observedAt, receivedAt: Date.now(), source };
  return readingAt === undefined ? made : { ...made, readingAt };
}

/** What identifies the physical device, whoever has linked it: its VIN, or its vendor and serial number. */
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
