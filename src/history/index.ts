/**
 * The readings of devices over time, for charts, energy and charging sessions.
 *
 * @module enode-sdk/history
 */
export type { DeviceKind } from "../../generated/kinds.ts";
export type { MetricNames } from "../../generated/metrics.ts";
export type { ReadDevice, ReadListener } from "../mirror/index.ts";
export type { Reading, ReadingStore } from "../storage/contracts/index.ts";
export type { AttachableReceiver } from "../webhooks/receiver/claim-receiver.ts";
export {
  type AttachableMirror,
  type DeviceSelection,
  type EnergyQuery,
  type EnergySpan,
  History,
  type HistoryOptions,
  type SeriesQuery,
  type SessionsQuery,
  type UserSelection,
} from "./history.ts";
export type { TimeArgument } from "./model/arguments.ts";
export type { Metric, MetricOf } from "./model/metrics.ts";
export type {
  Energy,
  EnergyParts,
  EnergyPoint,
  GridEnergy,
  HomeEnergy,
  StoredEnergy,
} from "./read/energy.ts";
export type { Series, SeriesPoint } from "./read/series.ts";
export type { HistorySession } from "./read/sessions.ts";
export type { SessionTariff } from "./read/tariff.ts";
export { type ReadingSinkContext, type ReadingSinkOptions, readingSink } from "./reading-sink.ts";
export type { MaintenanceResult } from "./rollup/maintenance.ts";
export type { Every } from "./time/buckets.ts";
