import type { Vendor } from "../../../../../generated/types.ts";
import { deviceKinds } from "../../../simulation/devices/catalogue.ts";
import type { SandboxDevice } from "../../../simulation/devices/wire.ts";
import type { PagesContext } from "../../shared/context.ts";
import type { Command, Outcome } from "../shared/tab.ts";
import { nameOf } from "./device-view.ts";

const TRIP = { distance: 50, efficiency: 5.6 };

/** The commands of the fleet: what owners do with their devices, outside the API. */
export function fleetCommands({ world, sandbox }: PagesContext): Readonly<Record<string, Command>> {
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
    invalidate(form) {
      const [userId, vendor] = [form.get("user") ?? "", form.get("vendor") ?? ""];
      if (world.users.get(userId)?.accounts.has(vendor) !== true) return GONE;
      // An account exists, so this is a known vendor.
      sandbox.invalidateCredentials(userId, vendor as Vendor);
      return { message: `The credentials of ${userId} at ${vendor} no longer work.` };
    },
    add(form) {
      const userId = form.get("user") ?? "";
      const kind = deviceKinds.find((each) => each === form.get("kind"));
      if (userId === "" || kind === undefined) return undefined;
      const device = devices.add(userId, kind);
      return {
        message: `${nameOf(device)} of ${userId} was added.`,
        query: { device: device.id },
      };
    },
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

const GONE: Outcome = {
  message: "The account or device does not exist any more.",
  isFailure: true,
};

function isCharging(device: SandboxDevice): boolean {
  return (
    "chargeState" in device &&
    "isCharging" in device.chargeState &&
    device.chargeState.isCharging === true
  );
}
