import type { LinkedVendor, User, UserSummary } from "../../../../generated/types.ts";
import type { Handlers, RequestContext } from "../../http/handler.ts";
import { pageOf } from "../../http/pagination.ts";
import { badRequest, notFound } from "../../http/problems.ts";
import { noContent, ok } from "../../http/responses.ts";
import type { Account } from "../../simulation/devices/account.ts";
import { vendors } from "../../simulation/devices/catalogue.ts";
import { devicesOf, type UserRecord, type World } from "../../simulation/world/world.ts";
import type { LinkSessions } from "../link/link-sessions.ts";
import { deauthorizeUser, deleteUser } from "./departures.ts";
import { findUser } from "./find-user.ts";

/** The operations on users. */
export function userHandlers(
  world: World,
  links: LinkSessions,
): Handlers<
  | "listUsers"
  | "getUser"
  | "deleteUser"
  | "deauthorizeUser"
  | "disconnectVendor"
  | "disconnectVendorType"
> {
  return {
    listUsers({ query }) {
      const { data, pagination } = pageOf(world.userList, query);
      // "all" remains of the scopes of older versions.
      const summaries = data.map(
        ({ id, createdAt }): UserSummary => ({ id, createdAt, scopes: ["all"] }),
      );
      return ok({ data: summaries, pagination });
    },
    getUser(request) {
      const { id, accounts } = findUser(world, request);
      return ok({
        id,
        linkedVendors: [...accounts.values()].flatMap(linkedVendors),
      } satisfies User);
    },
    deleteUser(request) {
      deleteUser(world, links, findUser(world, request));
      return noContent();
    },
    deauthorizeUser(request) {
      deauthorizeUser(world, links, findUser(world, request));
      return noContent();
    },
    disconnectVendor(request) {
      const user = findUser(world, request);
      const account = findAccount(user, request);
      for (const device of devicesOf(user)) {
        if (device.account === account) world.removeDevice(device);
      }
      user.accounts.delete(account.vendor);
      return noContent();
    },
    disconnectVendorType(request) {
      const user = findUser(world, request);
      const account = findAccount(user, request);
      const type = request.parameter("vendorType");
      const kind = [...account.kinds].find((each) => each === type);
      if (kind === undefined) throw notFound(`The user has linked no ${type} of ${account.vendor}`);
      for (const device of devicesOf(user)) {
        if (device.account === account && device.kind === kind) world.removeDevice(device);
      }
      account.kinds.delete(kind);
      account.scopes = account.scopes.filter((scope) => !scope.startsWith(`${kind}:`));
      if (account.kinds.size === 0) user.accounts.delete(account.vendor);
      return noContent();
    },
  };
}

function findAccount(user: UserRecord, request: RequestContext): Account {
  const vendor = request.parameter("vendor");
  // A client in the field tells 400, for a name that no vendor has, from 404.
  if (!vendors.includes(vendor)) throw badRequest(`There is no vendor ${vendor}`);
  const account = user.accounts.get(vendor);
  if (account === undefined) throw notFound(`The user has not linked ${vendor}`);
  return account;
}

function linkedVendors({ vendor, kinds, isValid }: Account): LinkedVendor[] {
  return [...kinds].map((vendorType) => ({ vendor, vendorType, isValid }));
}
