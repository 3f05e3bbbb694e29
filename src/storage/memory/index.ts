import type { KnownNames } from "../../shared/known-names.ts";
import type {
  ActivityLog,
  DeviceStore,
  EventStore,
  ReadingStore,
  Storage,
  TokenStore,
  UserStore,
} from "../contracts/index.ts";
import { audible, LocalAnnouncer } from "../shared/audible.ts";
import {
  checkedActivityLog,
  checkedDeviceStore,
  checkedEventStore,
  checkedReadingStore,
  checkedTokenStore,
  checkedUserStore,
} from "../shared/checked-stores.ts";
import { checkNow, checkOptions } from "../shared/options.ts";
import { memoryActivityLog } from "./activity-log.ts";
import { memoryDeviceStore } from "./device-store.ts";
import { memoryEventStore } from "./event-store.ts";
import { memoryReadingStore } from "./reading-store.ts";
import { memoryTokenStore } from "./token-store.ts";
import { memoryUserStore } from "./user-store.ts";

/** Options of {@link memoryStorage}. */
export interface MemoryStorageOptions {
  /** The time, in ms since the epoch, for tests with a clock of their own. `Date.now` by default. */
  now?: (() => number) | undefined;
}

const known: KnownNames<MemoryStorageOptions> = { now: true };

/** The stores of {@link memoryStorage}. */
export interface MemoryStorage extends Storage {
  /** Keeps the latest 1,000 tokens. Refuses a lease while 1,000 others are held. */
  readonly tokenStore: TokenStore;
  /** Refuses more than 100,000 links. */
  readonly userStore: UserStore;
  /** Refuses more than 200,000 records. */
  readonly deviceStore: DeviceStore;
  /**
   * Takes no more than 10,000 events that wait, recognises copies of the latest 10,000 deliveries, and keeps
   * the latest 10,000 dead letters.
   */
  readonly eventStore: EventStore;
  /** Forgets the oldest entries beyond 100,000. */
  readonly activityLog: ActivityLog;
  /** Refuses more than 500,000 readings. */
  readonly readingStore: ReadingStore;
}

/**
 * Storage in this process's memory: for tests, and for several clients in one process. Bounded; all
 * is gone when the process ends.
 *
 * @example
 * ```ts
 * import { Enode } from "enode-sdk";
 * import { memoryStorage } from "enode-sdk/storage";
 *
 * const { tokenStore } = memoryStorage();
 * const enode = Enode.fromEnv({ tokenStore });
 * ```
 */
export function memoryStorage(options: MemoryStorageOptions = {}): MemoryStorage {
  checkOptions("memoryStorage", options, known);
  checkNow(options.now);
  const now = options.now ?? (() => Date.now());
  const steady = options.now ?? (() => performance.now());
  return {
    describe: () => "memory",
    tokenStore: checkedTokenStore(memoryTokenStore(now)),
    userStore: checkedUserStore(memoryUserStore()),
    deviceStore: checkedDeviceStore(memoryDeviceStore()),
    eventStore: checkedEventStore(audible(memoryEventStore(now, steady), new LocalAnnouncer())),
    activityLog: checkedActivityLog(memoryActivityLog()),
    readingStore: checkedReadingStore(memoryReadingStore()),
  };
}
