import { setValidity } from "../../simulation/world/credentials.ts";
import { devicesOf, systemsOf, type UserRecord, type World } from "../../simulation/world/world.ts";
import type { LinkSessions } from "../link/link-sessions.ts";

/** Deletes a user with all devices and data. */
export function deleteUser(world: World, links: LinkSessions, user: UserRecord): void {
  links.endSessions(user.id);
  world.removeUser(user);
}

/** Deletes the credentials; the devices stay, out of reach, until the vendor is linked again. Raises no event. */
export function deauthorizeUser(world: World, links: LinkSessions, user: UserRecord): void {
  links.endSessions(user.id);
  world.quietly([...devicesOf(user), ...systemsOf(user)], () => {
    for (const account of user.accounts.values()) setValidity(world, user, account, false);
  });
}
