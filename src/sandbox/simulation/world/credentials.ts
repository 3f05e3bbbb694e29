import type { Account } from "../devices/account.ts";
import type { Device } from "../devices/device.ts";
import { devicesOf, systemsOf, type UserRecord, type World } from "./world.ts";

/** Sets whether the credentials of an account work, and updates its devices. */
export function setValidity(
  world: World,
  user: UserRecord,
  account: Account,
  isValid: boolean,
): void {
  const now = world.now();
  const devices = [...devicesOf(user), ...systemsOf(user)].filter(
    (device) => device.account === account,
  );
  for (const device of devices) device.advanceTo(now);
  if (account.isValid !== isValid) {
    const text = isValid ? "Credentials work again" : "Credentials stopped working";
    for (const device of devices) device.track?.mark(now, text);
  }
  account.isValid = isValid;
  for (const device of devices) device.showReachability(now);
}

/** Updates whether devices and HEM systems respond, after a cause of silence has begun or ended. */
export function showResponsiveness(world: World, isMeant: (device: Device) => boolean): void {
  const now = world.now();
  const all: Device[] = [...world.devices.values(), ...world.hemSystems.values()];
  const devices = all.filter(isMeant);
  for (const device of devices) device.advanceTo(now);
  for (const device of devices) device.showReachability(now);
}

/** Breaks a vendor account of a user, as a changed password does. */
export function invalidateCredentials(world: World, userId: string, vendor: string): void {
  const user = world.users.get(userId);
  if (user === undefined) throw new Error(`The sandbox has no user with the ID ${userId}`);
  const account = user.accounts.get(vendor);
  if (account === undefined) throw new Error(`The user ${userId} has not linked ${vendor}`);
  if (!account.isValid) return;
  world.observer?.invalidated(account);
  setValidity(world, user, account, false);
}
