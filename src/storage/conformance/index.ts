/**
 * Cases that prove a store of your own right, for any test runner or none.
 *
 * @example
 * ```ts
 * import { test } from "node:test";
 * import { memoryStorage } from "enode-sdk/storage";
 * import { deviceStoreCases } from "enode-sdk/storage/conformance";
 *
 * for (const { name, run } of deviceStoreCases) {
 *   test(name, () => run(({ now }) => memoryStorage({ now }).deviceStore));
 * }
 * ```
 *
 * @module enode-sdk/storage/conformance
 */
export { activityLogCases } from "./activity-log.ts";
export { deviceStoreCases } from "./devices/index.ts";
export { eventStoreCases } from "./events/index.ts";
export { readingStoreCases } from "./readings/index.ts";
export { type ConformanceCase, ConformanceError, type MakeStore } from "./shared/case.ts";
export { type CheckOptions, type ConformanceReport, checkStore } from "./shared/check.ts";
export { tokenStoreCases } from "./token-store.ts";
export { userStoreCases } from "./user-store.ts";
