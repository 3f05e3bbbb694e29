import type { EventStore } from "../../contracts/index.ts";
import { type ConformanceCase, casesOf } from "../shared/case.ts";
import { eventArrivals } from "./arrivals.ts";
import { eventClaims } from "./claims.ts";
import { eventCounts } from "./counting.ts";
import { eventDeliveries } from "./deliveries.ts";
import { eventPostponements, eventRenewals } from "./postponing.ts";
import { eventRetention } from "./retention.ts";
import { eventCompletions, eventSettling } from "./settling.ts";

/** What every {@link EventStore} has to do. */
export const eventStoreCases: readonly ConformanceCase<EventStore>[] = casesOf<EventStore>(
  "EventStore",
  {
    ...eventDeliveries,
    ...eventClaims,
    ...eventArrivals,
    ...eventSettling,
    ...eventCompletions,
    ...eventPostponements,
    ...eventRenewals,
    ...eventCounts,
    ...eventRetention,
  },
);
