import type { Services } from "../../api/operations.ts";
import type { Kind, SimulatedByKind } from "../../simulation/devices/registry.ts";
import { devicesOf, systemsOf, type UserRecord } from "../../simulation/world/world.ts";
import type { SandboxState, SavedDevice, SavedUser } from "./state.ts";

/** What a state is taken from. */
export type StateParts = Pick<
  Services,
  "world" | "locations" | "tariffs" | "schedules" | "webhooks"
>;

/** The present state, which shares its parts with the sandbox: write it before that goes on. */
export function snapshot(
  { world, locations, tariffs, schedules, webhooks }: StateParts,
  { seed, run }: Pick<SandboxState, "seed" | "run">,
): SandboxState {
  const time = world.now();
  const users = [...world.users.values()];
  return {
    seed,
    run,
    time,
    users: users.map(savedUser),
    locations: locations.saved,
    ...tariffs.saved,
    devices: users
      .flatMap((user) => [...devicesOf(user), ...systemsOf(user)])
      .sort((a, b) => a.number - b.number)
      .map((device) => savedDevice(device, time)),
    schedules: schedules.saved,
    webhooks: webhooks.states().map(({ webhook }) => webhook),
  };
}

function savedUser({ id, number, createdAt, accounts }: UserRecord): SavedUser {
  return {
    id,
    number,
    createdAt,
    accounts: Array.from(accounts.values(), ({ vendor, kinds, scopes, isValid }) => ({
      vendor,
      kinds: [...kinds],
      scopes,
      isValid,
    })),
  };
}

function savedDevice(device: SimulatedByKind[Kind], time: number): SavedDevice {
  device.advanceTo(time);
  const { kind, number, account, snapshot: state } = device;
  return { kind, number, userId: account.userId, vendor: account.vendor, ...state };
}
