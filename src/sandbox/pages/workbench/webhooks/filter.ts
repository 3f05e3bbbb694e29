import type { RecordedExchange } from "../../../shared/recordings.ts";
import type { DeliveryEntry } from "../../../webhooks/delivery-log.ts";
import { isTaken } from "../../../webhooks/delivery-sender.ts";
import { textsOf } from "../shared/exchange-texts.ts";
import { holds } from "../shared/log-selection.ts";
import { eventsIn } from "./payload.ts";

/** What a filter knows of an attempt to deliver. */
export interface FilteredDelivery {
  readonly entry: DeliveryEntry;
  readonly exchange: RecordedExchange | undefined;
}

/** Returns whether an attempt fits the filter in the query of a page. */
export function deliveryFilter(query: URLSearchParams): (delivery: FilteredDelivery) => boolean {
  const webhook = query.get("webhook") ?? "";
  const event = query.get("event") ?? "";
  const text = query.get("text") ?? "";
  const isFailedOnly = query.has("failed");
  return ({ entry, exchange }) =>
    (!isFailedOnly || !isTaken(entry.status)) &&
    (webhook === "" || entry.webhookId === webhook) &&
    (event === "" || holdsEvent(event, entry, exchange)) &&
    (text === "" || [...namesOf(entry), ...textsOf(exchange)].some((each) => holds(each, text)));
}

/** The entry has the names of a few events only. */
function holdsEvent(
  name: string,
  { eventNames }: DeliveryEntry,
  exchange: RecordedExchange | undefined,
): boolean {
  if (eventNames.includes(name)) return true;
  const body = exchange?.request.body ?? "";
  return body.includes(name) && eventsIn(body).some((event) => event.name === name);
}

function namesOf({ url, deliveryId, eventNames, status, reason }: DeliveryEntry): string[] {
  return [url, deliveryId, ...eventNames, `${status ?? ""}`, reason ?? ""];
}
