/** What a store takes in one call. */
export const maxBatchSize = 1_000;

/** What a record is about. `bookmarks` are the mirror's own notes, such as how far a backfill has got. */
export type RecordCollection = "devices" | "actions" | "users" | "bookmarks";

/** One thing of Enode's, as it was when it was last heard of. */
export interface DeviceRecord {
  /** `<environment>:<clientId>`. Nothing of one namespace meets another. */
  namespace: string;
  /** What it is: a device, an action, a user or something of the mirror's own. */
  collection: RecordCollection;
  /** ID of the thing. It is the only one in its namespace and collection. */
  id: string;
  /** For devices their kind as the mirror names it, such as `vehicle` or `hemSystem`. */
  kind: string;
  /** The Enode user that it belongs to; null when that is not known. */
  userId: string | null;
  /** The vendor; null when it has none, or that is not known. */
  vendor: string | null;
  /**
   * What tells the physical device apart from all others, such as its VIN, and is the same whoever has
   * linked it; null when nothing does.
   */
  identity: string | null;
  /** The thing as JSON text; null when it was deleted. A deleted one is kept as a record like any other. */
  payload: string | null;
  /** Whether the payload lacks most of what there is: it is kept only as long as nothing better is known. */
  partial: boolean;
  /** When it was so, by Enode's clock, in ms since the epoch; may have a fraction. */
  observedAt: number;
  /**
   * The newest time that a device itself gives for what it tells, such as that of its last reading, in ms since the
   * epoch; may have a fraction. Left out when it gives none. A store need not keep it: it then gives records back
   * without it, and goes by `observedAt` alone. One that gives it back goes by it.
   */
  readingAt?: number | undefined;
  /** When this host heard of it, in ms since the epoch. */
  receivedAt: number;
  /** How this host heard of it, such as `webhook`. */
  source: string;
}

/** What became of a record. */
export type UpsertOutcome =
  /** There was none with this ID. */
  | "added"
  /** It has taken the place of the one before. */
  | "replaced"
  /** What was there is newer, or says more; nothing has changed. */
  | "kept";

/**
 * Which records to list. A condition is left out when it is not wanted: one that is there and undefined, null or
 * empty is refused, or a value that was lost would list more than was asked for.
 */
export interface RecordQuery {
  /** The collection to list. */
  collection: RecordCollection;
  /** Only records of this kind. */
  kind?: string;
  /** Only records of this vendor, compared exactly. */
  vendor?: string;
  /** Only records of which nothing was heard since, in ms since the epoch: those with a lower `observedAt`. */
  observedBefore?: number;
  /** Deleted ones too. */
  includeDeleted?: boolean | undefined;
  /** Go on after the record with this ID: the last one of the list before. */
  after?: string | undefined;
  /** How many at most. */
  limit: number;
}

/**
 * What to remove for good: all that fits every condition given, of which there is at least one. A condition that
 * is there and undefined, null or empty is refused. An empty list of IDs is not: it selects nothing.
 */
export interface RecordSelection {
  /** Only records of this collection. */
  collection?: RecordCollection;
  /** Only records with one of these IDs. */
  ids?: readonly string[];
  /** Only records of this Enode user. */
  userId?: string;
  /** Only deleted ones that were deleted before, in ms since the epoch. */
  deletedBefore?: number;
}

/** Records that are about the same physical device and belong to different users. */
export interface DuplicateDevice {
  /** What the records have in common, such as a VIN. */
  identity: string;
  /** All records with this identity, deleted ones left out, in the order of their IDs. */
  records: DeviceRecord[];
}

/**
 * Where the mirror keeps its copy of devices, actions and users. Several processes use one store at the same
 * time, and news comes in any order: the rule of {@link supersedes} decides what stays.
 *
 * IDs are texts of 1 to 200 characters, compared exactly; a namespace, user or ID that is undefined, null or empty
 * is refused. Times are in ms since the epoch. Every method may throw or reject: an event is then handled again
 * later, and other calls fail with a `StoreError`.
 */
export interface DeviceStore {
  /**
   * Keeps each record if it supersedes the one with the same namespace, collection and ID, in one atomic step
   * for each of them. Tells what became of each, in the order given. The same ID may come several times in one
   * call; then what was given first is looked at first. Up to 1,000 records in one call.
   */
  upsert(records: readonly DeviceRecord[]): Promise<UpsertOutcome[]>;
  /** One record, deleted ones too; undefined when there is none. */
  get(
    namespace: string,
    collection: RecordCollection,
    id: string,
  ): Promise<DeviceRecord | undefined>;
  /** Those of these records that there are, deleted ones too, in any order. Up to 1,000 IDs in one call. */
  getMany(
    namespace: string,
    collection: RecordCollection,
    ids: readonly string[],
  ): Promise<DeviceRecord[]>;
  /**
   * Lists records in an order of their IDs that is always the same, so that `after` gives each record once
   * however many calls it takes; what is added in between may or may not be among them.
   */
  list(namespace: string, query: RecordQuery): Promise<DeviceRecord[]>;
  /** The same, of one user. Answers in a time that does not depend on how many other users there are. */
  listByUser(namespace: string, userId: string, query: RecordQuery): Promise<DeviceRecord[]>;
  /** Removes records for good, so that older news can bring them back. Tells how many. */
  remove(namespace: string, selection: RecordSelection): Promise<number>;
  /** Devices that several users have, in the order of their identities, up to `limit`. */
  findDuplicates(namespace: string, limit: number): Promise<DuplicateDevice[]>;
}

/**
 * Whether a record takes the place of the one that is known. Newer news does; of news of the same moment, what
 * came last does, except that a deletion stays. A partial record never blanks what is known in full.
 *
 * What is newer is told by `observedAt`. Where both records tell all of a device and when that was read, the newer
 * reading wins, and `observedAt` decides between readings of the same time: events can come to be in another order
 * than what they tell. Deletions and partial records have no reading to compare. A store that does not keep
 * `readingAt` leaves out the line that has `reading_at`, and the rule is the one by `observedAt` alone.
 *
 * In SQL, `d` being the known record and `e` the next one:
 *
 * ```sql
 * WHERE NOT (e.partial AND NOT d.partial AND d.payload IS NOT NULL)
 *   AND CASE
 *     WHEN e.reading_at <> d.reading_at AND NOT (e.partial OR d.partial)
 *       AND e.payload IS NOT NULL AND d.payload IS NOT NULL THEN e.reading_at > d.reading_at
 *     ELSE e.observed_at > d.observed_at
 *       OR (e.observed_at = d.observed_at AND (d.payload IS NOT NULL OR e.payload IS NULL))
 *   END
 * ```
 *
 * @example
 * ```ts
 * import { type DeviceRecord, supersedes } from "enode-sdk/storage";
 *
 * export function keep(kept: Map<string, DeviceRecord>, next: DeviceRecord): void {
 *   if (supersedes(next, kept.get(next.id))) kept.set(next.id, next);
 * }
 * ```
 */
export function supersedes(next: DeviceRecord, known: DeviceRecord | undefined): boolean {
  if (known === undefined) return true;
  const isDeleted = known.payload === null;
  if (next.partial && !known.partial && !isDeleted) return false;
  const reading = readingOf(next);
  const knownReading = readingOf(known);
  if (reading !== undefined && knownReading !== undefined && reading !== knownReading) {
    return reading > knownReading;
  }
  if (next.observedAt !== known.observedAt) return next.observedAt > known.observedAt;
  return !isDeleted || next.payload === null;
}

/** The time of its reading; undefined where that is not compared. */
export function readingOf({ partial, payload, readingAt }: DeviceRecord): number | undefined {
  return partial || payload === null ? undefined : readingAt;
}

/** Whether a record of a user is the mark that an erasure has left. */
export function isErasure(user: DeviceRecord | undefined): boolean {
  return user?.payload === null && user.source === "erase";
}
