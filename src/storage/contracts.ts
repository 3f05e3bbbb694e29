export type { ActivityEntry, ActivityLog, ActivityQuery } from "./contracts/activity-log.ts";
export type {
  DeviceRecord,
  DeviceStore,
  DuplicateDevice,
  RecordCollection,
  RecordQuery,
  RecordSelection,
  UpsertOutcome,
} from "./contracts/device-store.ts";
export type {
  ClaimedEvent,
  DeadLetter,
  DeliveryRecord,
  EventRecord,
  EventStore,
  KeptEvent,
} from "./contracts/event-store.ts";
export type { Storage } from "./contracts/storage.ts";
export type { StoredToken, TokenLease, TokenStore } from "./contracts/token-store.ts";
export type { UserLink, UserStore } from "./contracts/user-store.ts";
