import { patiently } from "./guard.ts";
import type { SyncKind } from "./kinds.ts";
import type { Parts } from "./parts.ts";
import { Sync, type SyncOptions } from "./sync.ts";

/** What a backfill has done with one kind. */
export interface BackfillCounts {
  /** Things that were listed. */
  listed: number;
  /** Of these, those that were new here, or newer than what was here. */
  kept: number;
  /** Pages read. */
  pages: number;
  /** Whether it went on where an earlier one was interrupted. */
  resumed: boolean;
}

/** What a backfill has done. */
export interface BackfillResult {
  /** By kind; those that were skipped are missing. */
  kinds: Partial<Record<SyncKind, BackfillCounts>>;
  /** Kinds that Enode does not let this client list. */
  skipped: SyncKind[];
}

/** For how long it makes sense to go on: what is older than that is better listed anew. */
const bookmarkLife = 86_400_000;
export const lastBackfill = "lastBackfill";

/** Lists everything, and keeps it. */
export async function backfill(parts: Parts, options: SyncOptions): Promise<BackfillResult> {
  const sync = new Sync(parts.enode, "backfill", options, parts.onError);
  const kinds: BackfillResult["kinds"] = {};
  const skipped = await sync.run(async (kind) => {
    kinds[kind] = await backfillKind(parts, sync, kind);
  });
  await parts.keeper.keep([parts.bookmarks.note(lastBackfill, { at: Date.now() })], patiently);
  return { kinds, skipped };
}

async function backfillKind(parts: Parts, sync: Sync, kind: SyncKind): Promise<BackfillCounts> {
  const { keeper, bookmarks } = parts;
  const id = `backfill:${kind}`;
  const { cursor, startedAt } = startOf(await bookmarks.read(id));
  const counts = { listed: 0, kept: 0, pages: 0, resumed: cursor !== undefined };
  let hasBookmark = cursor !== undefined;
  let after: string | null | undefined;
  for await (const page of sync.pages(kind, cursor)) {
    // Goes along with the page that follows: one call of the store for each page, and one page that may
    // have to be read twice.
    const notes = after ? [bookmarks.note(id, { cursor: after, startedAt })] : [];
    hasBookmark ||= notes.length > 0;
    const outcomes = await keeper.keep([...page.records, ...notes], patiently);
    after = page.after;
    counts.pages++;
    counts.listed += page.records.length;
    counts.kept += outcomes.slice(0, page.records.length).filter((each) => each !== "kept").length;
    sync.progress({ kind, done: counts.listed, pages: counts.pages, finished: after === null });
  }
  if (hasBookmark) await bookmarks.remove(id);
  return counts;
}

function startOf(bookmark: Readonly<Record<string, unknown>> | undefined) {
  const now = Date.now();
  const { cursor, startedAt } = bookmark ?? {};
  if (typeof cursor !== "string" || typeof startedAt !== "number") return { startedAt: now };
  return now - startedAt < bookmarkLife ? { cursor, startedAt } : { startedAt: now };
}
