import type { EventStore } from "../../contracts/index.ts";
import { type ConformanceCase, casesOf } from "../shared/case.ts";
import { eventArrivals } from "./arrivals.ts";
import { eventClaims } from "./claims.ts";
import { eventDeliveries } from "./deliveries.ts";
import { eventRetention } from "./retention.ts";
import { eventSettling } from "./settling.ts";

/** What every {@link EventStore} has to do. */
export const eventStoreCases: readonly ConformanceCase<EventStore>[] = casesOf<EventStore>(
  "EventStore",
  { ...eventDeliveries, ...eventClaims, ...eventArrivals, ...eventSettling, ...eventRetention },
);
