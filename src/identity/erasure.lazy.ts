import type { EnodeError } from "../errors/index.ts";
import type { DeviceStore, RecordCollection, UserLink } from "../storage/contracts/index.ts";
import type { StoreCall } from "./store-call.lazy.ts";

/** A store that can hold something of a user. */
export type ErasableStore = "deviceStore" | "eventStore" | "activityLog";

/** What an erasure did. What an earlier, interrupted one did is not counted again. */
export interface ErasureReport {
  /** The ID that the user had at Enode; undefined when the user store knew no such user. */
  userId: string | undefined;
  /** Whether it was this call that deleted the user at Enode; false when there was none, or none any more. */
  deletedAtEnode: boolean;
  /** Records of devices and actions removed from the `deviceStore`. */
  records: number;
  /** Events forgotten by the `eventStore`. */
  events: number;
  /** Entries forgotten by the `activityLog`. */
  activities: number;
  /** Stores that `storage` does not have. If you keep such things elsewhere, empty them yourself. */
  skipped: ErasableStore[];
}

/** Checks what the user store returned. */
type CheckLink = (link: unknown) => UserLink;

const erasable: readonly ErasableStore[] = ["deviceStore", "eventStore", "activityLog"];
const collections = ["devices", "actions"] as const satisfies readonly RecordCollection[];
/** How many records, IDs or links are handed over at once. */
const batch = 500;
/** By how much the mark of an erased user is dated later than now, in ms: a day, for which Enode repeats deliveries. */
const beyondNews = 86_400_000;

/**
 * Erases a user everywhere, in an order in which nothing gets lost that a later step needs: whatever fails,
 * the same call finishes it. Each step may be done again.
 */
export async function eraseUser(
  call: StoreCall,
  hostUserId: string,
  check: CheckLink,
): Promise<ErasureReport> {
  const { namespace, storage = { describe: () => "" } } = call.dependencies;
  const { deviceStore, eventStore, activityLog } = storage;
  const { userStore } = call;
  const report: ErasureReport = {
    userId: undefined,
    deletedAtEnode: false,
    records: 0,
    events: 0,
    activities: 0,
    skipped: erasable.filter((name) => !storage[name]),
  };
  // First of all, so that it is known from here on, and new links are refused.
  const begun = await call.ask("userStore", "beginErasure", () =>
    userStore.beginErasure(namespace, hostUserId, Date.now()),
  );
  if (!begun) return report;
  const { enodeUserId: userId } = check(begun);
  report.userId = userId;

  // While they are known: the log has entries that name a device or an action and no user.
  const ids = [userId, ...(deviceStore ? await idsOf(call, deviceStore, userId) : [])];
  // Before all that is to go: what is kept, noted or read meanwhile is looked at afterwards, and finds the mark.
  if (deviceStore) await bury(call, deviceStore, userId);
  report.deletedAtEnode = await deleteAtEnode(call, userId);
  if (eventStore) {
    // The second is where a receiver keeps them that was not told its client. IDs of users are random, so
    // that nobody else's events are hit there.
    for (const each of [namespace, "default"]) {
      report.events += await call.count("eventStore", "erase", () =>
        eventStore.erase(userId, each),
      );
    }
  }
  // After what notes something: the call that deletes the user at Enode has left an entry. And before the records
  // go, which tell its devices and actions to the call that finishes an erasure.
  if (activityLog) {
    for (let at = 0; at < ids.length; at += batch) {
      report.activities += await call.count("activityLog", "erase", () =>
        activityLog.erase(namespace, ids.slice(at, at + batch)),
      );
    }
  }
  if (deviceStore) {
    for (const collection of collections) {
      report.records += await call.count("deviceStore", "remove", () =>
        deviceStore.remove(namespace, { collection, userId }),
      );
    }
  }
  // Last of all: as long as it is there, the erasure can be taken up again.
  await call.ask("userStore", "remove", () => userStore.remove(namespace, hostUserId));
  return report;
}

/** Finishes erasures that failed half-way. One that fails again does not keep the others from being done. */
export async function resumeErasures(call: StoreCall, check: CheckLink): Promise<ErasureReport[]> {
  const { namespace } = call.dependencies;
  const { userStore } = call;
  const reports: ErasureReport[] = [];
  const tried = new Set<string>();
  let failure: unknown;
  for (;;) {
    // Those that failed stay at the head of the list.
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

/** Deletes a user at Enode; tells whether there was one. */
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

/** Leaves a mark in place of the user, so that news on its way does not bring the user back. */
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
        // Later than all news on its way, whatever the clocks say: the ID is never used again.
        observedAt: Math.max(now + beyondNews, known?.observedAt ?? 0),
        receivedAt: now,
        source: "erase",
      },
    ])),
  ]);
  if (outcome === "added" || outcome === "replaced") return;
  throw call.failure("deviceStore", "upsert", "did not keep that the user is deleted");
}
