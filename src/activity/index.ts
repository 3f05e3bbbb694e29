export { combineHooks } from "./combine-hooks.ts";
export type { ActivityDetails } from "./entries.ts";
export type { Activity, ActivityFilter } from "./query.ts";
export { ActivityRecorder, type ActivityRecorderOptions } from "./recorder.ts";
