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
 * @module
 */
export { activityLogCases } from "./activity-log.ts";
export { type ConformanceCase, ConformanceError, type MakeStore } from "./case.ts";
export { type CheckOptions, type ConformanceReport, checkStore } from "./check.ts";
export { deviceStoreCases } from "./device-store.ts";
export { eventStoreCases } from "./event-store.ts";
export { tokenStoreCases } from "./token-store.ts";
export { userStoreCases } from "./user-store.ts";
