import type { ReadingStore } from "../../contracts/index.ts";
import { type ConformanceCase, casesOf } from "../shared/case.ts";
import { appending } from "./appending.ts";
import { ranges } from "./ranges.ts";
import { removals } from "./removals.ts";
import { rollUps } from "./roll-ups.ts";

/** What every {@link ReadingStore} has to do. */
export const readingStoreCases: readonly ConformanceCase<ReadingStore>[] = casesOf<ReadingStore>(
  "ReadingStore",
  { ...appending, ...ranges, ...rollUps, ...removals },
);
