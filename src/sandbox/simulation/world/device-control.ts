import type { Account } from "../devices/account.ts";
import { type DeviceKind, kindsOf } from "../devices/catalogue.ts";
import {
  checkSettings,
  type DeviceInput,
  type DeviceSeed,
  type SettingsByKind,
} from "../devices/device-input.ts";
import { type AnyDevice, type Kind, kinds, type SimulatedByKind } from "../devices/registry.ts";
import type { SandboxDevice, WiresByKind } from "../devices/wire.ts";
import { ownerActs } from "./owner-acts.ts";
import type { UserRecord, World } from "./world.ts";

/** The simulated devices, and changes to them outside the API. Returned devices are copies. */
export interface SandboxDevices {
  /** All devices, or those of one user; newest first. */
  list(userId?: string): SandboxDevice[];
  /** All devices of a kind, or HEM systems, or those of one user; newest first. */
  list<K extends keyof WiresByKind>(userId: string | undefined, kind: K): WiresByKind[K][];
  /** One device, or undefined. */
  get(deviceId: string): SandboxDevice | undefined;
  /** One device of a kind, or HEM system, or undefined. */
  get<K extends keyof WiresByKind>(deviceId: string, kind: K): WiresByKind[K] | undefined;
  /**
   * Changes a device, as its owner or a network failure would.
   *
   * @throws Error for an unknown ID or a value out of range.
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox({ fleet: { users: 1, vehiclesPerUser: 1 } });
   * const [vehicle] = sandbox.devices.list();
   * if (vehicle) sandbox.devices.update(vehicle.id, { isPluggedIn: false, batteryLevel: 12 });
   * ```
   */
  update(
    deviceId: string,
    changes: { [K in keyof SettingsByKind]: Readonly<SettingsByKind[K]> }[keyof SettingsByKind],
  ): SandboxDevice;
  /**
   * Adds a device to a user; the user and its vendor account are created when they do not exist. The first inverter,
   * battery or meter of an account also creates its HEM system, if the vendor has them.
   *
   * @throws Error for a vendor that has no devices of that kind, or a value out of range.
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox({ clock: "manual" });
   * sandbox.devices.add("anna", "inverter", { vendor: "TESLA", peakPower: 10 });
   * sandbox.devices.add("anna", "battery", { vendor: "TESLA", batteryLevel: 80 });
   * sandbox.devices.add("anna", "meter", { vendor: "TESLA" });
   * sandbox.clock.advance("12h");
   * const [meter] = sandbox.devices.list("anna", "meter");
   * console.log(meter?.energyState.power);
   * ```
   */
  add<K extends keyof SettingsByKind>(
    userId: string,
    kind: K,
    settings?: DeviceSeed<K>,
  ): WiresByKind[K];
  /** Removes a device, as when its owner sells it. */
  remove(deviceId: string): void;
}

/** @param act Carries out each call, so that its changes raise events. */
export function createDevices(world: World, act: <T>(work: () => T) => T): SandboxDevices {
  const find = (id: string): AnyDevice => {
    const device = world.devices.get(id);
    if (device === undefined) throw new Error(`The sandbox has no device with the ID ${id}`);
    return device;
  };
  const show = (device: SimulatedByKind[Kind]) => {
    device.advanceTo(world.now());
    return structuredClone(device.wire);
  };
  // The wire of a device is of its kind.
  const showDevice = (device: AnyDevice) => show(device) as SandboxDevice;
  function list(userId?: string): SandboxDevice[];
  function list<K extends Kind>(userId: string | undefined, kind: K): WiresByKind[K][];
  function list(userId?: string, kind?: Kind): ReturnType<typeof show>[] {
    const { lists } = userId === undefined ? world : (world.users.get(userId) ?? {});
    if (lists === undefined) return [];
    return act(() => (kind === undefined ? lists.devices() : lists.of(kind).all()).map(show));
  }
  function get(deviceId: string): SandboxDevice | undefined;
  function get<K extends Kind>(deviceId: string, kind: K): WiresByKind[K] | undefined;
  function get(deviceId: string, kind?: Kind): ReturnType<typeof show> | undefined {
    const device =
      kind === "hemSystem" ? world.hemSystems.get(deviceId) : world.devices.get(deviceId);
    if (device === undefined || (kind !== undefined && device.kind !== kind)) return undefined;
    return act(() => show(device));
  }
  function add<K extends DeviceKind>(
    userId: string,
    kind: K,
    settings?: DeviceSeed<K>,
  ): WiresByKind[K] {
    const { vendor = kinds[kind].vendor, ...rest } = settings ?? {};
    if (!kindsOf(vendor).includes(kind))
      throw new Error(`${vendor} has no ${kind}s in the sandbox`);
    return act(() => {
      const user = world.ensureUser(userId);
      const account = world.ensureAccount(user, vendor);
      const input = { ...rest, kind } as DeviceInput;
      // Kind, settings and wire belong together.
      return show(addDevice(world, user, account, input)) as WiresByKind[K];
    });
  }
  return {
    list,
    get,
    update(deviceId, changes) {
      checkSettings(changes);
      const device = find(deviceId);
      return act(() => {
        const acts = ownerActs(changes);
        device.change(changes, world.now());
        if (acts !== null) device.track?.mark(world.now(), acts);
        return showDevice(device);
      });
    },
    add,
    remove(deviceId) {
      const device = find(deviceId);
      act(() => world.removeDevice(device));
    },
  };
}

/** Creates one device of an account. */
export function addDevice(
  world: World,
  user: UserRecord,
  account: Account,
  input: DeviceInput,
): AnyDevice {
  checkSettings(input);
  const { kind = "vehicle", ...settings } = input;
  const device = world.addDevice(kind, user, account, settings);
  if (!account.isValid || world.quirks.isSilent(device)) device.showReachability(world.now());
  return device;
}
