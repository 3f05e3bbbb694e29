export type { ActionFate } from "./actions.ts";
export type { BatteryMode, BatterySettings } from "./batteries.ts";
export type { DeviceKind } from "./catalogue.ts";
export type { ChargerSettings } from "./chargers.ts";
export type { ClockMode, SandboxClock } from "./clock.ts";
export type { ChargingSettings, DeviceSettings } from "./device.ts";
export type {
  ChargerSeed,
  DeviceInput,
  DeviceSeed,
  SandboxDevice,
  SandboxDevices,
  SettingsByKind,
  VehicleSeed,
  VendorsByKind,
  WiresByKind,
} from "./devices.ts";
export type { SandboxEvents } from "./event-log.ts";
export type { FaultPreset, FaultPresetId } from "./fault-presets.ts";
export type {
  ActionFault,
  DeliveryFault,
  Fault,
  FaultHandle,
  FaultScope,
  SandboxFaults,
  StandingFault,
} from "./faults.ts";
export type { Fleet, FleetSize, FleetUser } from "./fleet.ts";
export type { HvacSettings } from "./hvacs.ts";
export type { InverterSettings } from "./inverters.ts";
export type { LinkCompletion } from "./link.ts";
export type { DeliveryEntry, RequestEntry, SandboxLog } from "./log.ts";
export type { MeterSettings } from "./meters.ts";
export { sandboxHandlers } from "./msw.ts";
export type { SandboxOptions } from "./options.ts";
export { createSandbox, type Sandbox } from "./sandbox.ts";
export { type SandboxServer, type SandboxServerOptions, startSandbox } from "./server.ts";
export type { OptionalMembers } from "./shared/optional.ts";
export type { SandboxCredentials, SandboxTokens } from "./tokens.ts";
export type { VehicleSettings } from "./vehicles.ts";
