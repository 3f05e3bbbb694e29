import type { EnodeError } from "../errors/index.ts";
import type { DeviceStore, RecordCollection, UserLink } from "../storage/contracts/index.ts";
import type { StoreCall } from "./store-call.lazy.ts";

/** A store that can hold data of a user. */
export type ErasableStore = "deviceStore" | "eventStore" | "activityLog" | "readingStore";

/** The result of an erasure. Steps of an earlier, interrupted erasure are not counted again. */
export interface ErasureReport {
  /** The ID that the user had at Enode; undefined when the user store did not have the user. */
  userId: string | undefined;
  /** Whether this call deleted the user at Enode; false when the user did not exist, or no longer existed. */
  deletedAtEnode: boolean;
  /** Records of devices and actions, and notes about their devices, removed from the `deviceStore`. */
  records: number;
  /** Events forgotten by the `eventStore`. */
  events: number;
  /** Entries forgotten by the `activityLog`. */
  activities: number;
  /** Readings and rolled up days removed from the `readingStore`. */
  readings: number;
  /** Stores that `storage` does not have. If you keep such data elsewhere, delete it yourself. */
  skipped: ErasableStore[];
}

/** Checks what the user store returned. */
type CheckLink = (link: unknown) => UserLink;

const erasable: readonly ErasableStore[] = [
  "deviceStore",
  "eventStore",
  "activityLog",
  "readingStore",
];
const collections = ["devices", "actions"] as const satisfies readonly RecordCollection[];
/** Most records, IDs or links in one call of a store. */
const batch = 500;
/** By how much the tombstone of an erasure is dated ahead, in ms: Enode repeats deliveries for a day. */
const beyondNews = 86_400_000;

/**
 * Erases a user everywhere. No step deletes data that a later step needs: after a failure the same call finishes
 * it. Each step may be repeated.
 */
export async function eraseUser(
  call: StoreCall,
  hostUserId: string,
  check: CheckLink,
): Promise<ErasureReport> {
  const { namespace, storage = { describe: () => "" } } = call.dependencies;
  const { deviceStore, eventStore, activityLog, readingStore } = storage;
  const { userStore } = call;
  const report: ErasureReport = {
    userId: undefined,
    deletedAtEnode: false,
    records: 0,
    events: 0,
    activities: 0,
    readings: 0,
    skipped: erasable.filter((name) => !storage[name]),
  };
  // First of all, so that it is known from now on, and new links are refused.
  const begun = await call.ask("userStore", "beginErasure", () =>
    userStore.beginErasure(namespace, hostUserId, Date.now()),
  );
  if (!begun) return report;
  const { enodeUserId: userId } = check(begun);
  report.userId = userId;

  // Read before they are deleted: entries of the log may name a device or an action and no user.
  const ids = [userId, ...(deviceStore ? await idsOf(call, deviceStore, userId) : [])];
  // Before the deletions: a concurrent write checks for the tombstone afterwards, and finds it.
  if (deviceStore) await bury(call, deviceStore, userId);
  report.deletedAtEnode = await deleteAtEnode(call, userId);
  if (eventStore) {
    // The second one is used by a receiver without the namespace of its client. IDs of users are random, so no
    // events of other users are deleted there.
    for (const each of [namespace, "default"]) {
      report.events += await call.count("eventStore", "erase", () =>
        eventStore.erase(userId, each),
      );
    }
  }
  // After the call that deletes the user at Enode, which has left an entry. And before the records, from which a
  // call that finishes an erasure gets the devices and actions.
  if (activityLog) {
    for (let at = 0; at < ids.length; at += batch) {
      report.activities += await call.count("activityLog", "erase", () =>
        activityLog.erase(namespace, ids.slice(at, at + batch)),
      );
    }
  }
  if (readingStore) {
    report.readings = await call.count("readingStore", "erase", () =>
      readingStore.erase(namespace, userId),
    );
  }
  if (deviceStore) {
    // What the mirror has noted of the user's devices holds their data, too.
    for (const collection of [...collections, "bookmarks" as const]) {
      report.records += await call.count("deviceStore", "remove", () =>
        deviceStore.remove(namespace, { collection, userId }),
      );
    }
  }
  // Last of all: as long as the link exists, the erasure can be resumed.
  await call.ask("userStore", "remove", () => userStore.remove(namespace, hostUserId));
  return report;
}

/** Finishes erasures that failed half-way. One that fails again does not stop the others. */
export async function resumeErasures(call: StoreCall, check: CheckLink): Promise<ErasureReport[]> {
  const { namespace } = call.dependencies;
  const { userStore } = call;
  const reports: ErasureReport[] = [];
  const tried = new Set<string>();
  let failure: unknown;
  for (;;) {
    // Erasures that failed stay at the head of the list.
    const links = await call.ask("userStore", "listErasing", async () => [
      ...(await userStore.listErasing(namespace, tried.size + batch)),
    ]);
    const next = links.map(check).filter(({ hostUserId }) => !tried.has(hostUserId));
    if (next.length === 0) break;
    for (const { hostUserId } of next) {
      tried.add(hostUserId);
      try {
        reports.push(await eraseUser(call, hostUserId, check));
      } catch (error) {
        failure ??= error;
      }
    }
  }
  if (failure !== undefined) throw failure;
  return reports;
}

/** Deletes a user at Enode; returns whether it existed. */
export async function deleteAtEnode(call: StoreCall, userId: string): Promise<boolean> {
  try {
    await call.dependencies.api.request("deleteUser", { path: { userId } }, call.options);
    return true;
  } catch (error) {
    if ((error as EnodeError).code === "not_found") return false;
    throw error;
  }
}

/** The IDs of all devices and actions of a user. */
async function idsOf(call: StoreCall, store: DeviceStore, userId: string): Promise<string[]> {
  const all: string[] = [];
  for (const collection of collections) {
    const ids = new Set<string>();
    let after: string | undefined;
    do {
      const query = { collection, includeDeleted: true, ...(after && { after }), limit: batch };
      const page = await call.ask("deviceStore", "listByUser", async () => [
        ...(await store.listByUser(call.dependencies.namespace, userId, query)),
      ]);
      after = page.at(-1)?.id;
      const known = ids.size;
      for (const record of page) {
        if (record?.userId !== userId || typeof record.id !== "string") {
          throw call.failure("deviceStore", "listByUser", "returned what is not of this user");
        }
        ids.add(record.id);
      }
      if (page.length > 0 && ids.size === known) {
        throw call.failure("deviceStore", "listByUser", "returned the same records again");
      }
    } while (after !== undefined);
    all.push(...ids);
  }
  return all;
}

/** Replaces the user by a tombstone, so that updates in flight do not bring the user back. */
async function bury(call: StoreCall, store: DeviceStore, userId: string): Promise<void> {
  const { namespace } = call.dependencies;
  const known = await call.ask("deviceStore", "get", () => store.get(namespace, "users", userId));
  const now = Date.now();
  const [outcome] = await call.ask("deviceStore", "upsert", async () => [
    ...(await store.upsert([
      {
        namespace,
        collection: "users",
        id: userId,
        kind: "user",
        userId,
        vendor: null,
        identity: null,
        payload: null,
        partial: false,
        // Later than all updates in flight, whatever the clocks say: the ID is never used again.
        observedAt: Math.max(now + beyondNews, known?.observedAt ?? 0),
        receivedAt: now,
        source: "erase",
      },
    ])),
  ]);
  if (outcome === "added" || outcome === "replaced") return;
  throw call.failure("deviceStore", "upsert", "did not keep that the user is deleted");
}
