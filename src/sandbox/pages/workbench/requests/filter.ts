import type { RequestEntry } from "../../../app/request-log.ts";
import type { RecordedExchange } from "../../../shared/recordings.ts";
import type { World } from "../../../simulation/world/world.ts";
import { textsOf } from "../shared/exchange-texts.ts";
import { holds } from "../shared/log-selection.ts";

/** What a filter knows of a request. */
export interface FilteredRequest {
  readonly entry: RequestEntry;
  readonly exchange: RecordedExchange | undefined;
}

/** Whether a request failed: with an error, or without an answer. */
function hasFailed({ status }: RequestEntry): boolean {
  return status === null || status >= 400;
}

/** Returns whether a request fits the filter in the query of a page. */
export function requestFilter(
  query: URLSearchParams,
  world: World,
): (request: FilteredRequest) => boolean {
  const operation = query.get("operation") ?? "";
  const user = query.get("user") ?? "";
  const text = query.get("text") ?? "";
  const isFailedOnly = query.has("failed");
  return ({ entry, exchange }) =>
    (!isFailedOnly || hasFailed(entry)) &&
    (operation === "" || (entry.operation ?? "none") === operation) &&
    (user === "" || userOf(entry, world) === user) &&
    (text === "" || [...namesOf(entry), ...textsOf(exchange)].some((each) => holds(each, text)));
}

/** The user of a request: the one in its path, or the owner of the device or action there. */
export function userOf({ userId, path }: RequestEntry, world: World): string | undefined {
  if (userId !== null) return userId;
  const owners = path.split("/").map((id) => {
    const wire = world.devices.get(id)?.wire ?? world.actions.get(id)?.record.wire;
    return wire?.userId;
  });
  return owners.find((owner) => owner !== undefined);
}

function namesOf({ method, path, operation, status, fault }: RequestEntry): string[] {
  return [`${method} ${path}`, operation ?? "", `${status ?? ""}`, fault ?? ""];
}
