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
  /** Access tokens, shared by several processes. */
  readonly tokenStore?: TokenStore | undefined;
  /** Users by the host's own IDs. */
  readonly userStore?: UserStore | undefined;
  /** The mirror's copy of devices, actions and users. */
  readonly deviceStore?: DeviceStore | undefined;
  /** Events of webhooks until they are handled. */
  readonly eventStore?: EventStore | undefined;
  /** What was done, and what happened. */
  readonly activityLog?: ActivityLog | undefined;
  readonly readingStore?: ReadingStore | undefined;
}
