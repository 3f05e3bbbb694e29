import type { Vendor } from "../../../../generated/types.ts";
import type { Account } from "../devices/account.ts";
import type { DeviceInput } from "../devices/device-input.ts";
import type { AnyDevice } from "../devices/registry.ts";
import { invalidateCredentials } from "./credentials.ts";
import { addDevice } from "./device-control.ts";
import { devicesOf, type UserRecord, type World } from "./world.ts";

/** The oldest working account of another user at a vendor that has devices. */
export function accountOfAnother(
  world: World,
  userId: string,
  vendor: Vendor,
): Account | undefined {
  for (const { account } of world.devices.values()) {
    if (account.vendor === vendor && account.userId !== userId && account.isValid) return account;
  }
  return undefined;
}

/**
 * Lets a second user have the vendor account of a first: a vendor gives its tokens to one of them only, so that the
 * first user's credentials stop working, and the devices appear a second time, with other IDs but the same serial
 * numbers. What Enode does then is not documented.
 */
export function shareAccount(
  world: World,
  first: Account,
  user: UserRecord,
  second: Account,
  isShared: (device: AnyDevice) => boolean = () => true,
): void {
  const devices = devicesOf(world.ensureUser(first.userId)).filter(
    (device) => device.account === first && isShared(device),
  );
  invalidateCredentials(world, first.userId, first.vendor);
  for (const device of devices.reverse()) {
    addDevice(world, user, second, settingsOf(device)).identifyAs(device);
  }
}

/** The settings with which a device begins as another is now. */
function settingsOf({ kind, wire }: AnyDevice): DeviceInput {
  if (!("chargeState" in wire)) return { kind } as DeviceInput;
  const { chargeState } = wire;
  const level = "batteryLevel" in chargeState ? (chargeState.batteryLevel ?? undefined) : undefined;
  const isPluggedIn =
    "isPluggedIn" in chargeState ? (chargeState.isPluggedIn ?? undefined) : undefined;
  // Kind and settings belong together.
  return { kind, batteryLevel: level, isPluggedIn } as DeviceInput;
}
