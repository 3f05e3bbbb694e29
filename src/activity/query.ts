import { invalidArgument } from "../errors/configuration.ts";
import { type KnownNames, refuseUnknownNames } from "../shared/known-names.ts";
import { refuseBlank } from "../shared/narrowing.ts";
import { withoutUndefined } from "../shared/optional.ts";
import type { ActivityEntry, ActivityQuery } from "../storage/contracts/index.ts";
import type { ActivityDetails } from "./entries.ts";

/**
 * Whose activity to list, and when. At least one ID is needed. One that is not meant is left out, and never passed as
 * undefined: an ID that got lost must not find what belongs to others.
 */
export interface ActivityFilter {
  /** ID of the user at Enode. */
  userId?: string;
  deviceId?: string;
  actionId?: string;
  /** From this moment on; a number is in ms since the epoch. */
  from?: Date | number | undefined;
  /** Before this moment; a number is in ms since the epoch. */
  to?: Date | number | undefined;
  /** How many at most: the latest ones. Default 1,000. */
  limit?: number | undefined;
}

/** Something that happened. */
export interface Activity {
  /** By Enode's clock for events, by that of this host for calls. */
  at: Date;
  /** `event` came by webhook, `call` changed something at Enode, `error` failed. Others may come. */
  type: string;
  /** Name of the event or operation, such as `user:vehicle:updated` or `controlVehicleCharging`. */
  name: string;
  userId: string | null;
  deviceId: string | null;
  actionId: string | null;
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
 * What to ask the log for.
 *
 * @throws ConfigurationError for a filter without an ID, or an option that cannot work
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
  const from = filter.from === undefined ? undefined : momentOf("from", filter.from);
  const to = filter.to === undefined ? undefined : momentOf("to", filter.to);
  return withoutUndefined({ userId, deviceId, actionId, from, to, limit });
}

/** What the log has kept, as the host gets it. */
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

/** A moment in ms since the epoch. */
export function momentOf(parameter: string, value: Date | number): number {
  // A number, or what turns into one as a Date does, of this realm or another one.
  const moment = typeof value === "object" ? value?.getTime?.() : value;
  if (typeof moment === "number" && Number.isFinite(moment)) return moment;
  throw invalidArgument(
    parameter,
    `${parameter} must be a Date, or a number of ms since the epoch.`,
  );
}
