/**
 * Contracts of the stores that a host implements, and the ones that keep everything in memory.
 *
 * @module
 */
export type {
  ClaimedEvent,
  DeadLetter,
  DeliveryRecord,
  EventRecord,
  EventStore,
  KeptEvent,
  StoredToken,
  TokenStore,
} from "./contracts.ts";
export { type MemoryStorage, memoryStorage } from "./memory.ts";
