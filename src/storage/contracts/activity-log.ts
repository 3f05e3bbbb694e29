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

/** Which entries to list. */
export interface ActivityQuery {
  userId?: string | undefined;
  deviceId?: string | undefined;
  actionId?: string | undefined;
  /** From this moment on, in ms since the epoch. */
  from?: number | undefined;
  /** Before this moment, in ms since the epoch. */
  to?: number | undefined;
  /** How many at most: the latest ones. */
  limit: number;
}

/**
 * Where it is noted what happened, for analytics and to answer questions. Every method may throw or reject;
 * what is noted beside a call or an event never fails it.
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
