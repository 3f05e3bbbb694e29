import type { Webhook } from "../../../generated/types.ts";
import type { MirroredDevice } from "../read/views.ts";
import { lastBackfill } from "./backfill.ts";
import type { MirrorContext } from "./context.ts";
import { inactiveWebhooks } from "./inactive-webhooks.ts";
import { lastReconcile } from "./reconcile.ts";

/** The state of a mirror. */
export interface MirrorReport {
  /**
   * Physical devices that several users have, up to 1,000: a vendor account was most likely linked to each of
   * them, which Enode advises against.
   */
  duplicates: {
    /** A VIN or serial number. */
    identity: string;
    /** What the copy has of it, one of each user. */
    devices: MirroredDevice[];
  }[];
  /** Subscriptions that Enode has deactivated: their events are lost until they are reactivated. */
  inactiveWebhooks: Webhook[];
  /** When the last backfill ended, by the clock of its host. */
  lastBackfillAt: Date | undefined;
  /** When the last reconciliation ended, by the clock of its host. */
  lastReconcileAt: Date | undefined;
}

export async function report({
  enode,
  store,
  views,
  bookmarks,
}: MirrorContext): Promise<MirrorReport> {
  const [duplicates, webhooks, backfilled, reconciled] = await Promise.all([
    store.findDuplicates(1_000),
    inactiveWebhooks(enode, {}),
    bookmarks.read(lastBackfill),
    bookmarks.read(lastReconcile),
  ]);
  return {
    duplicates: duplicates.map(({ identity, records }) => ({
      identity,
      // Deleted ones were left out.
      devices: records.map((each) => views.device(each, "findDuplicates") as MirroredDevice),
    })),
    inactiveWebhooks: webhooks,
    lastBackfillAt: dateOf(backfilled?.["at"]),
    lastReconcileAt: dateOf(reconciled?.["at"]),
  };
}

function dateOf(at: unknown): Date | undefined {
  return typeof at === "number" ? new Date(at) : undefined;
}
