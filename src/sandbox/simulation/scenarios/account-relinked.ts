import type { Account } from "../devices/account.ts";
import type { DeviceInput } from "../devices/device-input.ts";
import type { AnyDevice } from "../devices/registry.ts";
import { invalidateCredentials } from "../world/credentials.ts";
import { addDevice } from "../world/device-control.ts";
import type { TimedProcess } from "../world/process-scheduler.ts";
import { devicesOf } from "../world/world.ts";
import { type Begin, covers, type ScenarioContext } from "./scenario.ts";

const MINUTE = 60_000;

/** Another user links the vendor account of a user, once. */
class Relinking implements TimedProcess {
  readonly #context: ScenarioContext;
  #nextAt: number;

  constructor(context: ScenarioContext) {
    this.#context = context;
    this.#nextAt = context.now + context.random.integer(5 * 60, 15 * 60) * (MINUTE / 60);
  }

  nextEventAt(): number {
    return this.#nextAt;
  }

  run(time: number): void {
    const { world } = this.#context;
    const account = this.#account();
    // Perhaps somebody links one later.
    this.#nextAt = account === undefined ? time + MINUTE : Number.POSITIVE_INFINITY;
    if (account !== undefined) world.at(time, () => this.#relink(account));
  }

  /** The oldest account that works. */
  #account(): Account | undefined {
    const { world, scope } = this.#context;
    for (const device of world.devices.values()) {
      if (covers(scope, device) && device.account.isValid) return device.account;
    }
    return undefined;
  }

  #relink({ userId, vendor, scopes }: Account): void {
    const { world } = this.#context;
    const devices = devicesOf(world.ensureUser(userId)).filter(
      ({ account }) => account.vendor === vendor,
    );
    const user = world.ensureUser(`${userId}-2`);
    const account = world.ensureAccount(user, vendor);
    account.scopes = scopes;
    // A vendor gives its tokens to one of them only.
    invalidateCredentials(world, userId, vendor);
    for (const device of devices.reverse()) {
      const copy = addDevice(world, user, account, settingsOf(device));
      copy.identifyAs(device);
    }
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

/**
 * The vendor account of a user is linked by another one: the first user's credentials stop working, and the devices
 * appear a second time, with other IDs but the same serial numbers. What Enode does then is not documented.
 */
export const beginAccountRelinked: Begin = (context) => ({ process: new Relinking(context) });
