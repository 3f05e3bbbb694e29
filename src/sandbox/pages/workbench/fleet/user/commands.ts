import type { Vendor } from "../../../../../../generated/types.ts";
import { deauthorizeUser, deleteUser } from "../../../../api/users/departures.ts";
import { setValidity } from "../../../../simulation/world/credentials.ts";
import type { UserRecord } from "../../../../simulation/world/world.ts";
import type { PagesContext } from "../../../shared/context.ts";
import type { Command, Outcome } from "../../shared/tab.ts";
import { GONE } from "../shared/outcomes.ts";

/** The commands of the page of a user. */
export function userCommands({
  world,
  sandbox,
  act,
  links,
}: PagesContext): Readonly<Record<string, Command>> {
  /** A command on the user that the form names. */
  const onUser =
    (run: (user: UserRecord, form: URLSearchParams) => Outcome): Command =>
    (form) => {
      const user = world.users.get(form.get("user") ?? "");
      return user === undefined ? GONE : run(user, form);
    };
  return {
    invalidate: onUser((user, form) => {
      const account = user.accounts.get(form.get("vendor") ?? "");
      if (account === undefined) return GONE;
      // An account exists, so this is a known vendor.
      sandbox.invalidateCredentials(user.id, account.vendor as Vendor);
      return { message: `The credentials of ${user.id} at ${account.vendor} no longer work.` };
    }),
    "sign-in-again": onUser((user, form) => {
      const account = user.accounts.get(form.get("vendor") ?? "");
      if (account === undefined) return GONE;
      act(() => setValidity(world, user, account, true));
      return { message: `The credentials of ${user.id} at ${account.vendor} work again.` };
    }),
    "deauthorize-user": onUser((user) => {
      act(() => deauthorizeUser(world, links, user));
      return { message: `All credentials of ${user.id} were deleted.` };
    }),
    "delete-user": onUser((user) => {
      act(() => deleteUser(world, links, user));
      return { message: `${user.id} was deleted with all devices.`, query: { user: null } };
    }),
  };
}
