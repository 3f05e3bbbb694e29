export type { ActivityEntry, ActivityLog, ActivityQuery } from "./activity-log.ts";
export type {
  DeviceRecord,
  DeviceStore,
  DuplicateDevice,
  RecordCollection,
  RecordQuery,
  RecordSelection,
  UpsertOutcome,
} from "./device-store.ts";
export type {
  ClaimedEvent,
  DeadLetter,
  DeliveryRecord,
  EventCounts,
  EventRecord,
  EventStore,
  KeptEvent,
  Postponement,
} from "./event-store.ts";
export type {
  AppendedReadings,
  KeptSeries,
  Reading,
  ReadingPoint,
  ReadingRange,
  ReadingSeries,
  ReadingStore,
  RolledDay,
  RolledDays,
  StaleDay,
} from "./reading-store.ts";
export type { Storage } from "./storage.ts";
export type { StoredToken, TokenLease, TokenStore } from "./token-store.ts";
export type { UserLink, UserStore } from "./user-store.ts";
