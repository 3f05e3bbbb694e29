import type { Enode } from "../../enode.ts";
import type { RecordWriter } from "../ingest/record-writer.ts";
import type { EnodeClock } from "../model/enode-clock.ts";
import type { Views } from "../read/views.ts";
import type { Bookmarks } from "../store/bookmarks.ts";
import type { CheckedDeviceStore } from "../store/checked-store.ts";

/** What a mirror consists of. */
export interface MirrorContext {
  readonly enode: Enode;
  readonly store: CheckedDeviceStore;
  readonly writer: RecordWriter;
  readonly views: Views;
  readonly bookmarks: Bookmarks;
  readonly clock: EnodeClock;
  readonly onError: (error: unknown) => void;
}
