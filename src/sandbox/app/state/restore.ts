import type { Services } from "../../api/operations.ts";
import type { Account } from "../../simulation/devices/account.ts";
import { kindsOf } from "../../simulation/devices/catalogue.ts";
import { checkSettings } from "../../simulation/devices/device-input.ts";
import type { Kind, SimulatedByKind } from "../../simulation/devices/registry.ts";
import type { Wire } from "../../simulation/devices/wire.ts";
import { systemsOf, type UserRecord, type World } from "../../simulation/world/world.ts";
import { anyObject, text } from "./checks.ts";
import { fitTo } from "./fit.ts";
import { type SandboxState, type SavedDevice, type SavedUser, StateError } from "./state.ts";

/** What a state is put into. */
export type RestoredParts = Pick<
  Services,
  "world" | "locations" | "tariffs" | "schedules" | "smartCharging" | "webhooks"
>;

/**
 * Puts a state into a sandbox that has nothing yet. Everything is as at the end of the one before; what time has done
 * since follows with the first step of the simulation, and raises no events.
 *
 * @throws StateError when parts do not belong together.
 */
export function restore(parts: RestoredParts, state: SandboxState): void {
  const { world, locations, tariffs, schedules, smartCharging, webhooks } = parts;
  try {
    world.at(state.time, () => {
      for (const user of inOrder(state.users)) restoreUser(world, user);
      for (const location of inOrder(state.locations)) locations.restore(location);
      tariffs.restore(state);
      restoreDevices(world, state.devices);
      for (const schedule of inOrder(state.schedules)) schedules.restore(schedule);
      for (const vehicle of world.lists.of("vehicle").all()) {
        const policy = vehicle.wire.smartChargingPolicy;
        if (policy.isEnabled) smartCharging.setPolicy(vehicle, policy, state.time);
      }
    });
    for (const webhook of inOrder(state.webhooks)) webhooks.restore(webhook);
  } catch (error) {
    if (error instanceof StateError) throw error;
    // A part refused it, in words of its own.
    throw new StateError(`is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Lists refer to entries by their numbers. */
function inOrder<T extends { readonly number: number }>(entries: readonly T[]): readonly T[] {
  let last = 0;
  for (const { number } of entries) {
    if (number <= last) throw new StateError(`is damaged: number ${number} is out of order`);
    last = number;
  }
  return entries;
}

function restoreUser(world: World, saved: SavedUser): void {
  if (world.users.has(saved.id)) {
    throw new StateError(`is damaged: there are two users ${JSON.stringify(saved.id)}`);
  }
  const user = world.restoreUser(saved);
  for (const { vendor, kinds, scopes, isValid } of saved.accounts) {
    const account = world.ensureAccount(user, vendor);
    for (const kind of kinds) account.kinds.add(kind);
    account.scopes = scopes;
    account.isValid = isValid;
  }
}

/** A device that is there again, with what it is yet to show. */
interface Resumed {
  readonly device: SimulatedByKind[Kind];
  readonly user: UserRecord;
  readonly wire: Wire;
}

function restoreDevices(world: World, devices: readonly SavedDevice[]): void {
  const resumed = inOrder(devices).map((saved) => resume(world, saved));
  for (const { device, user } of resumed) {
    if (!("hemSystemId" in device.wire)) continue;
    const system = systemsOf(user).find(({ account }) => account === device.account);
    system?.members.add(device);
  }
  // What a home stores and takes from the grid depends on all of its devices.
  for (const { home } of world.users.values()) home?.rebalance();
  for (const { device, wire } of resumed) {
    // Kind and wire belong together.
    (device.restoreWire as (wire: Wire) => void).call(device, wire);
    if (device.kind !== "hemSystem") world.history.add(device, world.devices.size);
  }
}

function resume(world: World, saved: SavedDevice): Resumed {
  const { kind, number, userId, vendor, settings } = saved;
  const given = anyObject(saved.wire, `${kind} ${number}`);
  const id = text(given["id"], `the ID of ${kind} ${number}`);
  const user = world.users.get(userId);
  const account = user?.accounts.get(vendor);
  if (user === undefined || account === undefined || given["userId"] !== userId) {
    throw new StateError(`is damaged: ${kind} ${id} has no user with an account of ${vendor}`);
  }
  if (world.devices.has(id) || world.hemSystems.has(id)) {
    throw new StateError(`is damaged: there are two devices ${id}`);
  }
  if (kind === "hemSystem" && saved.today === undefined) {
    throw new StateError(`is damaged: ${kind} ${id} has no energy of the day`);
  }
  const device = create(world, user, account, { kind, id, number });
  const wire = fitTo<Wire>(device.wire, given, `${kind} ${id}`);
  checkSettings(settings);
  // Kind and wire belong together.
  (device.restore as (state: object) => void).call(device, { ...saved, wire });
  return { device, user, wire };
}

function create(
  world: World,
  user: UserRecord,
  account: Account,
  { kind, id, number }: { readonly kind: Kind; readonly id: string; readonly number: number },
): SimulatedByKind[Kind] {
  if (kind === "hemSystem") return world.restoreSystem(user, account, { id, number });
  if (!kindsOf(account.vendor).includes(kind)) {
    throw new StateError(`is damaged: ${account.vendor} has no ${kind}s`);
  }
  return world.restoreDevice(kind, user, account, { id, number });
}
