export type { LinkCompletion } from "./api/link/link-sessions.ts";
export type { SandboxCredentials, SandboxTokens } from "./api/oauth/token-endpoint.ts";
export type { Sandbox } from "./app/handle.ts";
export type { SandboxOptions } from "./app/options.ts";
export type { RequestEntry } from "./app/request-log.ts";
export { createSandbox } from "./app/sandbox.ts";
export type { SandboxEvents } from "./events/event-log.ts";
export type { ActionFault, DeliveryFault, Fault, FaultScope } from "./faults/fault.ts";
export type { FaultHandle, SandboxFaults, StandingFault } from "./faults/fault-injector.ts";
export type { FaultPreset, FaultPresetId } from "./faults/presets.ts";
export { sandboxHandlers } from "./host/msw.ts";
export { type SandboxServer, type SandboxServerOptions, startSandbox } from "./host/server.ts";
export type { SandboxLog } from "./shared/log.ts";
export type { OptionalMembers } from "./shared/optional.ts";
export type { ClockMode, SandboxClock } from "./shared/time/clock.ts";
export type { ActionFate } from "./simulation/actions.ts";
export type { BatteryMode, BatterySettings } from "./simulation/devices/battery.ts";
export type { DeviceKind } from "./simulation/devices/catalogue.ts";
export type { ChargerSettings } from "./simulation/devices/charger.ts";
export type {
  ChargerSeed,
  DeviceInput,
  DeviceSeed,
  SettingsByKind,
  VehicleSeed,
  VendorsByKind,
} from "./simulation/devices/device-input.ts";
export type { ChargingSettings, DeviceSettings } from "./simulation/devices/device-settings.ts";
export type { HvacSettings } from "./simulation/devices/hvac.ts";
export type { InverterSettings } from "./simulation/devices/inverter.ts";
export type { MeterSettings } from "./simulation/devices/meter.ts";
export type { VehicleSettings } from "./simulation/devices/vehicle.ts";
export type { SandboxDevice, WiresByKind } from "./simulation/devices/wire.ts";
export type { Scenario, ScenarioName, ScenarioScope } from "./simulation/scenarios/scenario.ts";
export type { RunningScenario, SandboxScenarios } from "./simulation/scenarios/scenario-runner.ts";
export type { SandboxDevices } from "./simulation/world/device-control.ts";
export type { Fleet, FleetSize, FleetUser } from "./simulation/world/fleet.ts";
export type { DeliveryEntry } from "./webhooks/delivery-log.ts";
