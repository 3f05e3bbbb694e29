/**
 * Contracts of the stores that a host implements, the ones that keep everything in memory, and what goes around
 * stores of any engine.
 *
 * @module enode-sdk/storage
 */
export { supersedes } from "./contracts/device-store.ts";
export type * from "./contracts/index.ts";
export { replacesReading } from "./contracts/reading-store.ts";
export type { ReplayClaim, ReplayGuard } from "./contracts/replay-guard.ts";
export { type DeliverySinkOptions, deliverySink } from "./delivery-sink.ts";
export type { TokenEncryptionKey } from "./encrypted/records.ts";
export { type EncryptedTokenStoreOptions, encryptedTokenStore } from "./encrypted/token-store.ts";
export { type MemoryStorage, type MemoryStorageOptions, memoryStorage } from "./memory/index.ts";
