/** Something that happened. */
export interface ActivityEntry {
  /** `<environment>:<clientId>`. Nothing of one namespace meets another. */
  namespace: string;
  /** When it happened, in ms since the epoch. */
  at: number;
  /** What kind of thing: `event` for news by webhook, `call` for a call of this host's, `error` for one that failed. */
  type: string;
  /** Name of the event or operation, such as `user:vehicle:updated` or `controlVehicleCharging`. */
  name: string;
  /** The Enode user that it is about, if that is known. */
  userId: string | null;
  /** The device that it is about, if it is about one. */
  deviceId: string | null;
  /** The action that it is about, if it is about one. */
  actionId: string | null;
  /** More of it, as JSON text without secrets. */
  details: string;
}

/**
 * Which entries to list. A condition that is there and undefined, null or empty is refused, or an ID that was lost
 * would list what everybody did.
 */
export interface ActivityQuery {
  /** Those about one Enode user. */
  userId?: string;
  /** Those about one device. */
  deviceId?: string;
  /** Those about one action. */
  actionId?: string;
  /** From this time on, in ms since the epoch. */
  from?: number;
  /** Before this time, in ms since the epoch. */
  to?: number;
  /** How many at most: the latest ones. */
  limit: number;
}

/**
 * Where it is noted what happened, for analytics and to answer questions. A namespace that is undefined, null or
 * empty is refused. Every method may throw or reject; what is noted beside a call or an event never fails it.
 */
export interface ActivityLog {
  /** Adds entries, in one atomic step. Up to 1,000 in one call. */
  record(entries: readonly ActivityEntry[]): Promise<void>;
  /** The entries that fit every condition, oldest first; those of the same moment as they were added. */
  list(namespace: string, query: ActivityQuery): Promise<ActivityEntry[]>;
  /** Forgets what happened before a moment (ms since the epoch). Tells how many entries. */
  prune(namespace: string, before: number): Promise<number>;
  /** Forgets every entry that is about one of these users, devices or actions. Tells how many. */
  erase(namespace: string, ids: readonly string[]): Promise<number>;
}
