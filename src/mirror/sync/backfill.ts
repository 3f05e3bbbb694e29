import type { SyncKind } from "../model/kinds.ts";
import { syncTimeout } from "../store/checked-store.ts";
import type { MirrorContext } from "./context.ts";
import { Lister, type SyncOptions } from "./lister.ts";

/** What a backfill has done with one kind. */
export interface BackfillCounts {
  /** Resources that were listed. */
  listed: number;
  /** Of these, those that were new, or newer than the copy. */
  kept: number;
  /** Pages read. */
  pages: number;
  /** Whether it continued an interrupted backfill. */
  resumed: boolean;
}

/** What a backfill has done. */
export interface BackfillResult {
  /** By kind; those that were skipped are missing. */
  kinds: Partial<Record<SyncKind, BackfillCounts>>;
  /** Kinds that Enode does not let this client list. */
  skipped: SyncKind[];
}

/** How long an interrupted backfill can be continued; after that, it starts again. */
const bookmarkLife = 86_400_000;
export const lastBackfill = "lastBackfill";

/** Lists everything, and keeps it. */
export async function backfill(
  context: MirrorContext,
  options: SyncOptions,
): Promise<BackfillResult> {
  const lister = new Lister(context, "backfill", options);
  const kinds: BackfillResult["kinds"] = {};
  const skipped = await lister.run(async (kind) => {
    kinds[kind] = await backfillKind(context, lister, kind);
  });
  await context.writer.keep(
    [context.bookmarks.note(lastBackfill, { at: Date.now() })],
    syncTimeout,
  );
  await context.bookmarks.remove(lister.kinds.map(bookmarkOf));
  return { kinds, skipped };
}

async function backfillKind(
  context: MirrorContext,
  lister: Lister,
  kind: SyncKind,
): Promise<BackfillCounts> {
  const { writer, bookmarks } = context;
  const id = bookmarkOf(kind);
  const { cursor, startedAt } = startOf(await bookmarks.read(id));
  const counts = { listed: 0, kept: 0, pages: 0, resumed: cursor !== undefined };
  // Null: the interrupted backfill had finished this kind.
  if (cursor === null) return counts;
  let after: string | null | undefined;
  for await (const page of lister.pages(kind, cursor)) {
    // Kept with the page that follows: one call of the store for each page, at the price of one page that may be
    // read twice.
    const notes = after ? [bookmarks.note(id, { cursor: after, startedAt })] : [];
    const outcomes = await writer.keep([...page.records, ...notes], syncTimeout);
    after = page.after;
    counts.pages++;
    counts.listed += page.records.length;
    counts.kept += outcomes.slice(0, page.records.length).filter((each) => each !== "kept").length;
    lister.progress({ kind, done: counts.listed, pages: counts.pages, finished: after === null });
  }
  await writer.keep([bookmarks.note(id, { cursor: null, startedAt })], syncTimeout);
  return counts;
}

function bookmarkOf(kind: SyncKind): string {
  return `backfill:${kind}`;
}

function startOf(bookmark: Readonly<Record<string, unknown>> | undefined): {
  cursor?: string | null;
  startedAt: number;
} {
  const now = Date.now();
  const { cursor, startedAt } = bookmark ?? {};
  const isCursor = typeof cursor === "string" || cursor === null;
  if (!isCursor || typeof startedAt !== "number") return { startedAt: now };
  return now - startedAt < bookmarkLife ? { cursor, startedAt } : { startedAt: now };
}
