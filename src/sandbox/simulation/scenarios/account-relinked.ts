import type { Account } from "../devices/account.ts";
import type { TimedProcess } from "../world/process-scheduler.ts";
import { shareAccount } from "../world/share-account.ts";
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

  #relink(account: Account): void {
    const { world } = this.#context;
    const user = world.ensureUser(`${account.userId}-2`);
    const second = world.ensureAccount(user, account.vendor);
    second.scopes = account.scopes;
    shareAccount(world, account, user, second);
  }
}

/**
 * The vendor account of a user is linked by another one: the first user's credentials stop working, and the devices
 * appear a second time, with other IDs but the same serial numbers. What Enode does then is not documented.
 */
export const beginAccountRelinked: Begin = (context) => ({ process: new Relinking(context) });
