/**
 * Your own copy of your data at Enode: webhooks keep it fresh, and reconciliation corrects it after outages.
 *
 * @module enode-sdk/mirror
 */
export type { DeviceKind, DeviceTypes } from "../../generated/kinds.ts";
export {
  type Activity,
  type ActivityDetails,
  type ActivityFilter,
  ActivityRecorder,
  type ActivityRecorderOptions,
  combineHooks,
} from "../activity/index.ts";
export type { AttachableReceiver } from "../webhooks/receiver/claim-receiver.ts";
export type { ReadDevice, ReadListener } from "./ingest/read-listeners.ts";
export { Mirror, type MirrorOptions } from "./mirror.ts";
export type { SyncKind } from "./model/kinds.ts";
export type { DeviceChange } from "./read/change-listeners.ts";
export {
  type ActionQuery,
  type DeviceQuery,
  type MirroredActions,
  type MirroredDevices,
  type MirroredUsers,
  MirrorList,
} from "./read/lists.ts";
export type {
  DeletedDevice,
  FullDevice,
  KeptDevice,
  MirroredAction,
  MirroredDevice,
  MirroredUser,
  PartialDevice,
} from "./read/views.ts";
export type { BackfillCounts, BackfillResult } from "./sync/backfill.ts";
export type { SyncOptions, SyncProgress } from "./sync/lister.ts";
export type { Finding, ReconcileOptions, ReconcileResult } from "./sync/reconcile.ts";
export type { MirrorReport } from "./sync/report.ts";
export type { Duration } from "./transitions/duration.ts";
export type {
  ActionTransition,
  AllOptions,
  CredentialsTransition,
  DeviceTransition,
  ImportOptions,
  InterventionTransition,
  LevelOptions,
  LevelTransition,
  LocationTransition,
  TemperatureOptions,
  Transition,
  TransitionBase,
  TransitionName,
  TransitionOptions,
  Transitions,
} from "./transitions/transition.ts";
