import type { EventStore } from "../contracts.ts";
import { type ConformanceCase, casesOf } from "./case.ts";
import { eventArrivals } from "./event-arrivals.ts";
import { eventClaims } from "./event-claims.ts";
import { eventDeliveries } from "./event-deliveries.ts";
import { eventRetention } from "./event-retention.ts";
import { eventSettling } from "./event-settling.ts";

/** What every {@link EventStore} has to do. */
export const eventStoreCases: readonly ConformanceCase<EventStore>[] = casesOf<EventStore>(
  "EventStore",
  { ...eventDeliveries, ...eventClaims, ...eventArrivals, ...eventSettling, ...eventRetention },
);
