import { deviceIdParameters } from "../../generated/kinds.ts";
import { operations } from "../../generated/operations.ts";
import type { WebhookEvent } from "../../generated/types.ts";
import { isApiError } from "../errors/index.ts";
import type { ErrorEvent, ResponseEvent } from "../hooks.ts";
import type { ActivityEntry } from "../storage/contracts/index.ts";
import { laneOf } from "../webhooks/receiver/shared/lanes.ts";

/** Details of an activity. Unknown ones are missing. */
export interface ActivityDetails {
  /** HTTP status of the answer to a call. */
  status?: number;
  /** Time for a call in ms: that of the last request, or of the whole call when it failed. */
  durationMs?: number;
  /** The server's ID of the request. */
  requestId?: string;
  /** `code` of the error. */
  code?: string;
  /** Other path parameters of a call, such as `{ locationId }`. */
  parameters?: Readonly<Record<string, string>>;
  /** Vendor of the device or account that an event is about. */
  vendor?: string;
  /** Names of the fields that have changed, such as `chargeState.isCharging`; never their values. */
  updatedFields?: readonly string[];
  /** State of an action, such as `FAILED`. */
  state?: string;
  /** Kind of reason why an action failed, such as `NO_RESPONSE`. */
  failureReason?: string;
}

/** An entry before its namespace is known. */
export type Draft = Omit<ActivityEntry, "namespace">;

/** Path parameters that hold the ID of a device; `assetId` is for any kind. */
const devices = [...deviceIdParameters, "assetId"];

/** The entry of a successful call that may have changed something; undefined for any other. */
export function entryOfCall(event: ResponseEvent, at: number): Draft | undefined {
  const { operation, method, status, durationMs, requestId, parameters } = event;
  // Failures are noted when the call ends, as a retry may succeed.
  if (method === "GET" || (status >= 400 && !isAnswer(operation, status))) return undefined;
  const { parameters: others, ...ids } = idsOf(parameters);
  return {
    at,
    type: "call",
    name: operation,
    ...ids,
    details: text({ status, durationMs, requestId, parameters: others }),
  };
}

/** The entry of a call that failed for good, or of another error. */
export function entryOfError(event: ErrorEvent, at: number): Draft {
  const { operation, durationMs, error, parameters = {} } = event;
  const { parameters: others, ...ids } = idsOf(parameters);
  // Without the message: it may quote the answer of a server.
  const { code } = error;
  const answer = isApiError(error) ? { status: error.status, requestId: error.requestId } : {};
  return {
    at,
    type: "error",
    name: operation ?? error.name,
    ...ids,
    details: text({ code, ...answer, durationMs, parameters: others }),
  };
}

type Loose = Readonly<Record<string, unknown>>;

/** The entry of an event. It takes only the fields named here: an event holds places, serial numbers, VINs. */
export function entryOfEvent(event: WebhookEvent): Draft {
  const { user, vendorAction: action, ...rest } = event as unknown as Loose;
  const lane = laneOf(event);
  const deviceId = lane?.startsWith("device:") ? lane.slice("device:".length) : null;
  const [vendor] = [rest, ...Object.values(rest)].flatMap((each) => textOf(each, "vendor") ?? []);
  const fields = Array.isArray(rest["updatedFields"]) ? rest["updatedFields"] : [];
  const updatedFields = fields.filter((field) => typeof field === "string").slice(0, 100);
  return {
    at: Date.parse(event.createdAt),
    type: "event",
    name: event.event,
    userId: textOf(user, "id") ?? null,
    deviceId,
    actionId: textOf(action, "id") ?? null,
    details: text({
      vendor,
      ...(updatedFields.length > 0 && { updatedFields }),
      state: textOf(action, "state"),
      // Its `detail` is free text.
      failureReason: textOf(Object(action).failureReason, "type"),
    }),
  };
}

/** Whether an error status is a result of the operation and not a failure. */
function isAnswer(operation: string, status: number): boolean {
  const spec = Object.entries(operations).find(([id]) => id === operation)?.[1];
  return spec?.answers?.includes(status) === true;
}

function idsOf(given: Readonly<Record<string, string>>) {
  const { userId = null, actionId = null, ...rest } = given;
  const others: Record<string, string> = { ...rest };
  let deviceId: string | null = null;
  for (const name of devices) {
    deviceId ??= others[name] ?? null;
    delete others[name];
  }
  const parameters = Object.keys(others).length > 0 ? others : undefined;
  return { userId, deviceId, actionId, parameters };
}

function textOf(value: unknown, member: string): string | undefined {
  // `Object` makes an object of any value.
  const found: unknown = Object(value)[member];
  return typeof found === "string" ? found : undefined;
}

function text(
  details: { [Name in keyof ActivityDetails]: ActivityDetails[Name] | undefined },
): string {
  return JSON.stringify(details);
}
