/**
 * Your own copy of what you have at Enode, kept fresh by webhooks and true after outages.
 *
 * @module
 */
export {
  type Activity,
  type ActivityDetails,
  type ActivityFilter,
  ActivityRecorder,
  type ActivityRecorderOptions,
  combineHooks,
} from "./activity.ts";
export type { BackfillCounts, BackfillResult } from "./backfill.ts";
export type { DeviceKind, DeviceTypes, SyncKind } from "./kinds.ts";
export { Mirror, type MirrorOptions } from "./mirror.ts";
export {
  type ActionQuery,
  type DeviceQuery,
  type MirroredActions,
  type MirroredDevices,
  type MirroredUsers,
  MirrorList,
} from "./reads.ts";
export type { AttachableReceiver } from "./receivers.ts";
export type { Finding, ReconcileOptions, ReconcileResult } from "./reconcile.ts";
export type { MirrorReport } from "./report.ts";
export type { SyncOptions, SyncProgress } from "./sync.ts";
export type {
  DeletedDevice,
  FullDevice,
  KeptDevice,
  MirroredAction,
  MirroredDevice,
  MirroredUser,
  PartialDevice,
} from "./views.ts";
export type { DeviceChange } from "./watchers.ts";
