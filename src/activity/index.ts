export { combineHooks } from "./combine-hooks.ts";
export type { ActivityDetails } from "./entries.ts";
export {
  type Activity,
  type ActivityFilter,
  ActivityRecorder,
  type ActivityRecorderOptions,
} from "./recorder.ts";
