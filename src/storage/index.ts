/**
 * Contracts of the stores that a host implements, and the ones that keep everything in memory.
 *
 * @module
 */
export { supersedes } from "./contracts/device-store.ts";
export type * from "./contracts.ts";
export { type MemoryStorage, type MemoryStorageOptions, memoryStorage } from "./memory.ts";
