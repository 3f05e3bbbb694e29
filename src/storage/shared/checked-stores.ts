import { ConfigurationError } from "../../errors/index.ts";
import { type KnownNames, refuseUnknownNames } from "../../shared/known-names.ts";
import { withSafeMessage } from "../../shared/store-reason.ts";
import type {
  ActivityLog,
  ActivityQuery,
  DeviceStore,
  EventStore,
  Reading,
  ReadingRange,
  ReadingSeries,
  ReadingStore,
  RecordCollection,
  RecordQuery,
  RecordSelection,
  TokenStore,
  UserStore,
} from "../contracts/index.ts";
import { dayLength } from "../contracts/reading-store.ts";

// A condition that is there and undefined was meant to narrow: an ID that its caller has lost must not become
// "of all users". So every method refuses it by name, in all engines alike. Nothing is asked of the engine then.

const collections: KnownNames<Record<RecordCollection, unknown>> = {
  devices: true,
  actions: true,
  users: true,
  bookmarks: true,
};
const recordQuery: KnownNames<RecordQuery> = {
  collection: true,
  kind: true,
  vendor: true,
  observedBefore: true,
  includeDeleted: true,
  after: true,
  limit: true,
};
const recordSelection: KnownNames<RecordSelection> = {
  collection: true,
  ids: true,
  userId: true,
  deletedBefore: true,
};
const activityQuery: KnownNames<ActivityQuery> = {
  userId: true,
  deviceId: true,
  actionId: true,
  from: true,
  to: true,
  limit: true,
};
const readingRange: KnownNames<ReadingRange> = {
  from: true,
  to: true,
  withPrevious: true,
  limit: true,
};
const seriesQuery: KnownNames<Parameters<ReadingStore["series"]>[1]> = {
  deviceId: true,
  userId: true,
};

/** Readings or days in one call. */
const maxBatch = 1_000;
/** Characters of a text that a store of readings takes. */
const maxTextLength = 200;
/** The last moment that a date can have. */
const lastTime = 8_640_000_000_000_000;

/** An argument that a store cannot take. The message holds none of it. */
export function refusal(parameter: string, what: string): ConfigurationError {
  return withSafeMessage(
    new ConfigurationError(`${parameter} ${what}.`, { code: "invalid_argument", parameter }),
  );
}

export function checkedTokenStore(store: TokenStore): TokenStore {
  const checked: TokenStore = {
    async get(key) {
      checkText("key", key);
      return store.get(key);
    },
    async set(key, token, options) {
      checkText("key", key);
      return store.set(key, token, options);
    },
    async delete(key) {
      checkText("key", key);
      return store.delete(key);
    },
  };
  const { lease } = store;
  if (lease) {
    checked.lease = async (key, ttl) => {
      checkText("key", key);
      return lease.call(store, key, ttl);
    };
  }
  return checked;
}

export function checkedUserStore(store: UserStore): UserStore {
  return {
    async link(link) {
      checkText("namespace", link.namespace);
      checkText("hostUserId", link.hostUserId);
      checkText("enodeUserId", link.enodeUserId);
      return store.link(link);
    },
    async get(namespace, hostUserId) {
      checkText("namespace", namespace);
      checkText("hostUserId", hostUserId);
      return store.get(namespace, hostUserId);
    },
    async getByEnodeUserId(namespace, enodeUserId) {
      checkText("namespace", namespace);
      checkText("enodeUserId", enodeUserId);
      return store.getByEnodeUserId(namespace, enodeUserId);
    },
    async beginErasure(namespace, hostUserId, at) {
      checkText("namespace", namespace);
      checkText("hostUserId", hostUserId);
      return store.beginErasure(namespace, hostUserId, at);
    },
    async listErasing(namespace, limit) {
      checkText("namespace", namespace);
      checkLimit(limit);
      return store.listErasing(namespace, limit);
    },
    async remove(namespace, hostUserId) {
      checkText("namespace", namespace);
      checkText("hostUserId", hostUserId);
      return store.remove(namespace, hostUserId);
    },
  };
}

export function checkedDeviceStore(store: DeviceStore): DeviceStore {
  return {
    async upsert(records) {
      for (const { namespace, collection, id } of records) checkKey(namespace, collection, id);
      return store.upsert(records);
    },
    async get(namespace, collection, id) {
      checkKey(namespace, collection, id);
      return store.get(namespace, collection, id);
    },
    async getMany(namespace, collection, ids) {
      checkText("namespace", namespace);
      checkCollection(collection);
      checkIds(ids);
      return store.getMany(namespace, collection, ids);
    },
    async list(namespace, query) {
      checkText("namespace", namespace);
      checkRecordQuery("deviceStore.list", query);
      return store.list(namespace, query);
    },
    async listByUser(namespace, userId, query) {
      checkText("namespace", namespace);
      checkText("userId", userId);
      checkRecordQuery("deviceStore.listByUser", query);
      return store.listByUser(namespace, userId, query);
    },
    async remove(namespace, selection) {
      checkText("namespace", namespace);
      checkSelection(selection);
      return store.remove(namespace, selection);
    },
    async findDuplicates(namespace, limit) {
      checkText("namespace", namespace);
      checkLimit(limit);
      return store.findDuplicates(namespace, limit);
    },
  };
}

export function checkedEventStore(store: EventStore): EventStore {
  const { appendAndClaim, completeMany, postpone, renew, counts, discard, listen } = store;
  const checked: EventStore = {
    async append(delivery) {
      checkText("namespace", delivery.namespace);
      checkText("digest", delivery.digest);
      return store.append(delivery);
    },
    async claim(limit, lease, ...given) {
      checkLimit(limit);
      return store.claim(limit, lease, namespaceOf(given));
    },
    complete: (event) => store.complete(event),
    fail: (event, reason, retryAt) => store.fail(event, reason, retryAt),
    async deadLetters(limit, ...given) {
      if (limit !== undefined) checkLimit(limit);
      return store.deadLetters(limit, namespaceOf(given));
    },
    async revive(ids, ...given) {
      checkIds(ids);
      return store.revive(ids, namespaceOf(given));
    },
    async prune(before, ...given) {
      checkNumber("before", before);
      return store.prune(before, namespaceOf(given));
    },
    async erase(userId, ...given) {
      checkText("userId", userId);
      return store.erase(userId, namespaceOf(given));
    },
  };
  if (appendAndClaim) {
    checked.appendAndClaim = async (delivery, limit, lease) => {
      checkText("namespace", delivery.namespace);
      checkText("digest", delivery.digest);
      checkLimit(limit);
      return appendAndClaim.call(store, delivery, limit, lease);
    };
  }
  if (completeMany) checked.completeMany = (events) => completeMany.call(store, events);
  if (postpone) checked.postpone = (postponements) => postpone.call(store, postponements);
  if (renew) checked.renew = (events, lease) => renew.call(store, events, lease);
  if (counts) checked.counts = async (...given) => counts.call(store, namespaceOf(given));
  if (discard) {
    checked.discard = async (ids, ...given) => {
      checkIds(ids);
      return discard.call(store, ids, namespaceOf(given));
    };
  }
  if (listen) {
    checked.listen = (onEvents, ...given) => listen.call(store, onEvents, namespaceOf(given));
  }
  return checked;
}

export function checkedActivityLog(log: ActivityLog): ActivityLog {
  return {
    async record(entries) {
      for (const { namespace } of entries) checkText("namespace", namespace);
      return log.record(entries);
    },
    async list(namespace, query) {
      checkText("namespace", namespace);
      checkMembers("activityLog.list", query, activityQuery);
      for (const name of ["userId", "deviceId", "actionId"] as const) {
        if (name in query) checkText(name, query[name], orLeftOut);
      }
      for (const name of ["from", "to"] as const) {
        if (name in query) checkNumber(name, query[name], orLeftOut);
      }
      checkLimit(query.limit);
      return log.list(namespace, query);
    },
    async prune(namespace, before) {
      checkText("namespace", namespace);
      checkNumber("before", before);
      return log.prune(namespace, before);
    },
    async erase(namespace, ids) {
      checkText("namespace", namespace);
      checkIds(ids);
      return log.erase(namespace, ids);
    },
  };
}

export function checkedReadingStore(store: ReadingStore): ReadingStore {
  return {
    async append(namespace, readings) {
      checkName("namespace", namespace);
      checkBatch("readings", readings);
      for (const reading of readings) checkReading(reading);
      return store.append(namespace, readings);
    },
    async series(namespace, query) {
      checkName("namespace", namespace);
      checkMembers("readingStore.series", query, seriesQuery);
      const names = Object.keys(query) as (keyof typeof query)[];
      if (names.length === 0) throw refusal("query", "needs a deviceId or a userId");
      for (const name of names) checkName(name, query[name], orLeftOut);
      return store.series(namespace, query);
    },
    async read(namespace, series, range) {
      checkName("namespace", namespace);
      checkSeries(series);
      checkMembers("readingStore.read", range, readingRange);
      checkTime("from", range.from);
      checkTime("to", range.to);
      checkLimit(range.limit);
      return store.read(namespace, series, range);
    },
    async rolledDays(namespace, series, from, to) {
      checkName("namespace", namespace);
      checkSeries(series);
      checkTime("from", from);
      checkTime("to", to);
      return store.rolledDays(namespace, series, from, to);
    },
    async rollUp(namespace, until) {
      checkName("namespace", namespace);
      checkDay("until", until);
      return store.rollUp(namespace, until);
    },
    async staleDays(namespace, limit) {
      checkName("namespace", namespace);
      checkLimit(limit);
      return store.staleDays(namespace, limit);
    },
    async saveDays(namespace, days) {
      checkName("namespace", namespace);
      checkBatch("days", days);
      for (const { day, content, mark, ...series } of days) {
        checkSeries(series);
        checkDay("day", day);
        checkText("content", content);
        checkForm("content", content);
        checkText("mark", mark);
      }
      return store.saveDays(namespace, days);
    },
    async prune(namespace, before, limit) {
      checkName("namespace", namespace);
      checkDay("before", before);
      checkLimit(limit);
      return store.prune(namespace, before, limit);
    },
    async erase(namespace, userId) {
      checkName("namespace", namespace);
      checkName("userId", userId);
      return store.erase(namespace, userId);
    },
  };
}

const orLeftOut = ", or left out altogether";

/** The namespace given, `default` when there is none; one that is undefined is none that was left out. */
function namespaceOf(given: readonly [namespace?: string | undefined]): string {
  if (given.length === 0) return "default";
  const [namespace] = given;
  checkText("namespace", namespace, orLeftOut);
  return namespace;
}

function checkRecordQuery(owner: string, query: RecordQuery): void {
  checkMembers(owner, query, recordQuery);
  checkCollection(query.collection);
  for (const name of ["kind", "vendor"] as const) {
    if (name in query) checkText(name, query[name], orLeftOut);
  }
  if ("observedBefore" in query) checkNumber("observedBefore", query.observedBefore, orLeftOut);
  checkLimit(query.limit);
}

function checkSelection(selection: RecordSelection): void {
  checkMembers("deviceStore.remove", selection, recordSelection);
  if (Object.keys(selection).length === 0) {
    throw refusal("selection", "has no condition, and would remove everything");
  }
  if ("collection" in selection) checkCollection(selection.collection, orLeftOut);
  if ("ids" in selection) checkIds(selection.ids, orLeftOut);
  if ("userId" in selection) checkText("userId", selection.userId, orLeftOut);
  if ("deletedBefore" in selection) {
    checkNumber("deletedBefore", selection.deletedBefore, orLeftOut);
  }
}

/** A condition with a name that does not exist would narrow nothing. */
function checkMembers(owner: string, members: object, known: object): void {
  if (typeof members !== "object" || members === null) {
    throw refusal(owner, "needs an object with its conditions");
  }
  try {
    refuseUnknownNames(owner, members, known);
  } catch (error) {
    throw withSafeMessage(error as Error);
  }
}

function checkKey(namespace: string, collection: RecordCollection, id: string): void {
  checkText("namespace", namespace);
  checkCollection(collection);
  checkText("id", id);
}

function checkCollection(collection: unknown, more = ""): void {
  if (typeof collection === "string" && Object.hasOwn(collections, collection)) return;
  throw refusal("collection", `must be one of ${Object.keys(collections).join(", ")}${more}`);
}

function checkIds(ids: unknown, more = ""): void {
  // An empty ID selects nothing, and neither does an empty list.
  if (Array.isArray(ids) && ids.every((id) => typeof id === "string")) return;
  throw refusal("ids", `must be an array of strings${more}`);
}

function checkText(name: string, text: unknown, more = ""): asserts text is string {
  if (typeof text === "string" && text !== "") return;
  throw refusal(name, `must be a string with at least one character${more}`);
}

function checkNumber(name: string, value: unknown, more = ""): void {
  if (typeof value === "number" && !Number.isNaN(value)) return;
  throw refusal(name, `must be a number of ms since the epoch${more}`);
}

function checkLimit(limit: unknown): void {
  if (Number.isInteger(limit) && Number(limit) >= 0) return;
  throw refusal("limit", "must be a whole number of 0 or more");
}

function checkBatch(name: string, batch: unknown): void {
  if (Array.isArray(batch) && batch.length <= maxBatch) return;
  throw refusal(name, `must be an array of ${maxBatch} at most`);
}

function checkReading(reading: Reading): void {
  checkSeries(reading);
  checkName("kind", reading.kind);
  checkTime("at", reading.at);
  const { value, observedAt } = reading;
  if (!Number.isFinite(observedAt)) {
    throw refusal("observedAt", "must be a number of ms since the epoch");
  }
  if (value === null || value === "" || Number.isFinite(value)) return;
  if (typeof value === "string") checkName("value", value);
  else throw refusal("value", "must be a finite number, a text or null");
}

function checkSeries({ userId, deviceId, metric }: ReadingSeries): void {
  checkName("userId", userId);
  checkName("deviceId", deviceId);
  checkName("metric", metric);
}

function checkName(name: string, text: unknown, more = ""): void {
  checkText(name, text, more);
  if (text.length > maxTextLength) {
    throw refusal(name, `must have ${maxTextLength} characters at most`);
  }
  checkForm(name, text);
}

/** Databases differ in what they do with other texts. */
function checkForm(name: string, text: string): void {
  if (text.isWellFormed() && !text.includes("\0")) return;
  throw refusal(name, "must be well-formed text without NUL");
}

function checkTime(name: string, time: unknown): void {
  if (Number.isInteger(time) && Number(time) >= 0 && Number(time) <= lastTime) return;
  throw refusal(name, "must be a whole number of ms since the epoch, of 0 or more");
}

function checkDay(name: string, time: unknown): void {
  checkTime(name, time);
  if (Number(time) % dayLength !== 0) throw refusal(name, "must be the beginning of a day of UTC");
}
