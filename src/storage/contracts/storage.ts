import type { ActivityLog } from "./activity-log.ts";
import type { DeviceStore } from "./device-store.ts";
import type { EventStore } from "./event-store.ts";
import type { ReadingStore } from "./reading-store.ts";
import type { TokenStore } from "./token-store.ts";
import type { UserStore } from "./user-store.ts";

/**
 * Stores that belong together. The storages of this package have all of them; one of your own may have some
 * only, and take each from another place.
 */
export interface Storage {
  /** What it is, for logs, such as `sqlite`. Never an address or a credential. */
  describe(): string;
  readonly tokenStore?: TokenStore | undefined;
  readonly userStore?: UserStore | undefined;
  readonly deviceStore?: DeviceStore | undefined;
  readonly eventStore?: EventStore | undefined;
  readonly activityLog?: ActivityLog | undefined;
  readonly readingStore?: ReadingStore | undefined;
}
