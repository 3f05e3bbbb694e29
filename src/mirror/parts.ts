import type { Enode } from "../enode.ts";
import type { Bookmarks } from "./bookmarks.ts";
import type { EnodeClock } from "./clock.ts";
import type { GuardedStore } from "./guard.ts";
import type { Keeper } from "./keeper.ts";
import type { Views } from "./views.ts";

/** What a mirror consists of. */
export interface Parts {
  readonly enode: Enode;
  readonly store: GuardedStore;
  readonly keeper: Keeper;
  readonly views: Views;
  readonly bookmarks: Bookmarks;
  readonly clock: EnodeClock;
  readonly onError: (error: unknown) => void;
}
