import type { SandboxDevice } from "../../../simulation/devices/wire.ts";
import type { PagesContext } from "../../shared/context.ts";
import type { Command } from "../shared/tab.ts";
import { nameOf } from "./shared/device-view.ts";
import { GONE } from "./shared/outcomes.ts";

const TRIP = { distance: 50, efficiency: 5.6 };

/** What owners do with their devices, outside the API. */
export function ownerCommands({ sandbox }: PagesContext): Readonly<Record<string, Command>> {
  const { devices } = sandbox;
  /** A command on the device that the form names. */
  const onDevice =
    (run: (device: SandboxDevice, name: string) => string | undefined): Command =>
    (form) => {
      const device = devices.get(form.get("device") ?? "");
      if (device === undefined) return GONE;
      const message = run(device, `${nameOf(device)} of ${device.userId}`);
      return message === undefined ? undefined : { message };
    };
  return {
    "plug-in": onDevice(({ id }, name) => {
      devices.update(id, { isPluggedIn: true });
      return `${name} is plugged in.`;
    }),
    unplug: onDevice(({ id }, name) => {
      devices.update(id, { isPluggedIn: false });
      return `${name} is unplugged.`;
    }),
    start: onDevice(({ id }, name) =>
      isCharging(devices.update(id, { isCharging: true }))
        ? `The owner started to charge ${name}.`
        : `${name} does not charge: it is full, or there is no cable.`,
    ),
    stop: onDevice(({ id }, name) => {
      devices.update(id, { isCharging: false });
      return `The owner stopped charging ${name}.`;
    }),
    drive: onDevice((device, name) => {
      if (!("odometer" in device)) return undefined;
      const { batteryLevel, batteryCapacity } = device.chargeState;
      const used = (TRIP.distance / TRIP.efficiency / (batteryCapacity ?? 60)) * 100;
      const level = (batteryLevel ?? 0) - used;
      if (level < 0) return `${name} is too empty to drive ${TRIP.distance} km.`;
      devices.update(device.id, { isPluggedIn: false, batteryLevel: level });
      return `${name} was driven ${TRIP.distance} km.`;
    }),
    offline: onDevice(({ id }, name) => {
      devices.update(id, { isReachable: false });
      return `${name} is offline.`;
    }),
    online: onDevice(({ id }, name) => {
      devices.update(id, { isReachable: true });
      return `${name} is online.`;
    }),
  };
}

function isCharging(device: SandboxDevice): boolean {
  return (
    "chargeState" in device &&
    "isCharging" in device.chargeState &&
    device.chargeState.isCharging === true
  );
}
