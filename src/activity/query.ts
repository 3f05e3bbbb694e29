import { invalidArgument } from "../errors/configuration.ts";
import { type KnownNames, refuseUnknownNames } from "../shared/known-names.ts";
import { refuseBlank } from "../shared/narrowing.ts";
import { withoutUndefined } from "../shared/optional.ts";
import type { ActivityEntry, ActivityQuery } from "../storage/contracts/index.ts";
import type { ActivityDetails } from "./entries.ts";

/**
 * Which activity to list. At least one ID is needed. Leave out the others, and never pass one as undefined: an ID
 * that got lost must not list the activity of other users.
 */
export interface ActivityFilter {
  /** ID of the user at Enode. */
  userId?: string;
  /** ID of the device or HEM system. */
  deviceId?: string;
  /** ID of the action. */
  actionId?: string;
  /** From this time on; a number is in ms since the epoch. */
  from?: Date | number | undefined;
  /** Before this time; a number is in ms since the epoch. */
  to?: Date | number | undefined;
  /** How many at most: the latest ones. Default 1,000. */
  limit?: number | undefined;
}

/** An entry of the activity log. */
export interface Activity {
  /** By Enode's clock for events, by this host's clock for calls. */
  at: Date;
  /** `event` came by webhook, `call` changed something at Enode, `error` failed. Others may come. */
  type: string;
  /** Name of the event or operation, such as `user:vehicle:updated` or `controlVehicleCharging`. */
  name: string;
  /** ID of the user at Enode; null when it is about none, or unknown. */
  userId: string | null;
  /** ID of the device or HEM system; null when it is about none, or unknown. */
  deviceId: string | null;
  /** ID of the action; null when it is about none, or unknown. */
  actionId: string | null;
  /** More about it, which depends on its type; never a secret. */
  details: ActivityDetails;
}

const knownOfFilter: KnownNames<ActivityFilter> = {
  userId: 0,
  deviceId: 0,
  actionId: 0,
  from: 0,
  to: 0,
  limit: 0,
};

/**
 * The query of the log for a filter.
 *
 * @throws ConfigurationError for a filter without an ID, or an invalid option
 */
export function queryOf(filter: ActivityFilter): ActivityQuery {
  if (typeof filter !== "object" || filter === null) {
    throw invalidArgument("filter", "recorder.activity() takes an object.");
  }
  refuseUnknownNames("recorder.activity()", filter, knownOfFilter);
  refuseBlank(filter, ["userId", "deviceId", "actionId"]);
  const { userId, deviceId, actionId, limit = 1_000 } = filter;
  // Without one it would answer with the activity of all users.
  if ((userId ?? deviceId ?? actionId) === undefined) {
    throw invalidArgument("filter", "A userId, deviceId or actionId is needed.");
  }
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw invalidArgument("limit", "limit must be a whole number from 1.");
  }
  const from = filter.from === undefined ? undefined : timestampOf("from", filter.from);
  const to = filter.to === undefined ? undefined : timestampOf("to", filter.to);
  return withoutUndefined({ userId, deviceId, actionId, from, to, limit });
}

/** An entry of the log, as it is returned to the host. */
export function toActivity({
  at,
  type,
  name,
  userId,
  deviceId,
  actionId,
  details,
}: ActivityEntry): Activity {
  const parsed: unknown = JSON.parse(details);
  if (typeof parsed !== "object" || parsed === null) throw new Error("details are no object");
  return { at: new Date(at), type, name, userId, deviceId, actionId, details: parsed };
}

/** A timestamp in ms since the epoch. */
export function timestampOf(parameter: string, value: Date | number): number {
  // A number, or a Date of this realm or another one.
  const time = typeof value === "object" ? value?.getTime?.() : value;
  if (typeof time === "number" && Number.isFinite(time)) return time;
  throw invalidArgument(
    parameter,
    `${parameter} must be a Date, or a number of ms since the epoch.`,
  );
}
