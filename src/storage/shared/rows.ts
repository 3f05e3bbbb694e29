import type {
  ActivityEntry,
  ClaimedEvent,
  DeadLetter,
  DeviceRecord,
  KeptEvent,
  RecordCollection,
  UserLink,
} from "../contracts/index.ts";

/** A row of a table, by the names of its columns, which are the same in SQLite and PostgreSQL. */
export type Row = Readonly<Record<string, unknown>>;

/** Reading one record is to cost hardly more than its query: what is known already is not read again. */
export function toRecord(
  row: Row,
  namespace: string,
  collection: RecordCollection,
  id: string,
): DeviceRecord {
  const readingAt = row["reading_at"];
  const record: DeviceRecord = {
    namespace,
    collection,
    id,
    kind: String(row["kind"]),
    userId: textOrNull(row["user_id"]),
    vendor: textOrNull(row["vendor"]),
    identity: textOrNull(row["identity"]),
    payload: textOrNull(row["payload"]),
    // SQLite has no booleans.
    partial: Number(row["partial"]) === 1,
    observedAt: Number(row["observed_at"]),
    receivedAt: Number(row["received_at"]),
    source: String(row["source"]),
  };
  // Rows of an earlier version have none.
  if (typeof readingAt === "number") record.readingAt = readingAt;
  return record;
}

export function toWholeRecord(row: Row): DeviceRecord {
  // Only collections are written.
  const collection = row["collection"] as RecordCollection;
  return toRecord(row, String(row["namespace"]), collection, String(row["id"]));
}

export function toEntry(row: Row): ActivityEntry {
  return {
    namespace: String(row["namespace"]),
    at: Number(row["at"]),
    type: String(row["type"]),
    name: String(row["name"]),
    userId: textOrNull(row["user_id"]),
    deviceId: textOrNull(row["device_id"]),
    actionId: textOrNull(row["action_id"]),
    details: String(row["details"]),
  };
}

export function toLink(row: Row): UserLink {
  const erasingSince = row["erasing_since"];
  return {
    namespace: String(row["namespace"]),
    hostUserId: String(row["host_user_id"]),
    enodeUserId: String(row["enode_user_id"]),
    createdAt: Number(row["created_at"]),
    erasingSince: erasingSince === null ? undefined : Number(erasingSince),
  };
}

function toKept(row: Row): KeptEvent {
  return {
    id: String(row["id"]),
    payload: String(row["payload"]),
    index: Number(row["place"]),
    digest: String(row["digest"]),
    deliveryId: textOrNull(row["delivery_id"]) ?? undefined,
    receivedAt: Number(row["received_at"]),
  };
}

export function toClaimed(row: Row): ClaimedEvent {
  return { ...toKept(row), lease: String(row["lease"]), attempt: Number(row["attempt"]) };
}

export function toDeadLetter(row: Row): DeadLetter {
  return {
    ...toKept(row),
    attempts: Number(row["attempt"]),
    reason: String(row["reason"]),
    // PostgreSQL's clock has fractions of a millisecond.
    failedAt: Math.ceil(Number(row["failed_at"])),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
