import type { LinkCompletion } from "../../api/link/link-sessions.ts";
import { accountOfAnother, shareAccount } from "../../simulation/world/share-account.ts";
import { devicesOf } from "../../simulation/world/world.ts";
import type { PagesContext } from "../shared/context.ts";
import type { VendorChoice } from "./vendor-choices.ts";

/** What the user has connected. */
export interface Connection {
  readonly vendorName: string;
  readonly deviceCount: number;
}

/** Completes a link session. */
export function connect(
  { links, act }: PagesContext,
  linkToken: string,
  { vendor, name }: VendorChoice,
  devices: LinkCompletion["devices"],
): Connection {
  const linked = act(() => links.complete(linkToken, { vendor, devices }));
  return { vendorName: name, deviceCount: linked.length };
}

/** Completes a link session with an account that another user has linked; undefined when nobody has. */
export function connectShared(
  { links, act, world }: PagesContext,
  linkToken: string,
  userId: string,
  { vendor, name, kinds }: VendorChoice,
): Connection | undefined {
  return act(() => {
    const first = accountOfAnother(world, userId, vendor);
    if (first === undefined) return undefined;
    const user = world.ensureUser(userId);
    const isNew = !user.accounts.has(vendor);
    links.complete(linkToken, { vendor, devices: 0 });
    const account = world.ensureAccount(user, vendor);
    // Whoever has linked the vendor before has devices of it already.
    shareAccount(world, first, user, account, ({ kind }) => isNew && kinds.includes(kind));
    const deviceCount = devicesOf(user).filter((device) => device.account === account).length;
    return { vendorName: name, deviceCount };
  });
}
