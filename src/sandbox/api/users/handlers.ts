import type { LinkedVendor, User, UserSummary } from "../../../../generated/types.ts";
import type { RequestContext } from "../../http/handler.ts";
import { pageOf } from "../../http/pagination.ts";
import { notFound } from "../../http/problems.ts";
import { noContent, ok } from "../../http/responses.ts";
import type { Account } from "../../simulation/devices/account.ts";
import { setValidity } from "../../simulation/world/credentials.ts";
import { devicesOf, systemsOf, type UserRecord } from "../../simulation/world/world.ts";

/** The user that the path names; throws a 404 when there is none. */
export function userOf(call: RequestContext): UserRecord {
  const id = call.parameter("userId");
  const user = call.world.users.get(id);
  if (user === undefined) throw notFound(`There is no user with the ID ${id}`);
  return user;
}

export function listUsers({ world, query }: RequestContext): Response {
  const { data, pagination } = pageOf(world.userList, query);
  // "all" is what is left of the scopes of older versions.
  const summaries = data.map(
    ({ id, createdAt }): UserSummary => ({ id, createdAt, scopes: ["all"] }),
  );
  return ok({ data: summaries, pagination });
}

export function getUser(call: RequestContext): Response {
  const { id, accounts } = userOf(call);
  return ok({ id, linkedVendors: [...accounts.values()].flatMap(linkedVendors) } satisfies User);
}

export function deleteUser(call: RequestContext): Response {
  const user = userOf(call);
  call.links.endSessions(user.id);
  call.world.removeUser(user);
  return noContent();
}

/** Drops the credentials; the devices stay, out of reach, until the vendor is linked again. Raises no event. */
export function deauthorizeUser(call: RequestContext): Response {
  const user = userOf(call);
  call.links.endSessions(user.id);
  call.world.quietly([...devicesOf(user), ...systemsOf(user)], () => {
    for (const account of user.accounts.values()) setValidity(call.world, user, account, false);
  });
  return noContent();
}

export function disconnectVendor(call: RequestContext): Response {
  const user = userOf(call);
  const account = accountOf(call, user);
  for (const device of devicesOf(user)) {
    if (device.account === account) call.world.removeDevice(device);
  }
  user.accounts.delete(account.vendor);
  return noContent();
}

export function disconnectVendorType(call: RequestContext): Response {
  const user = userOf(call);
  const account = accountOf(call, user);
  const type = call.parameter("vendorType");
  const kind = [...account.kinds].find((each) => each === type);
  if (kind === undefined) throw notFound(`The user has linked no ${type} of ${account.vendor}`);
  for (const device of devicesOf(user)) {
    if (device.account === account && device.kind === kind) call.world.removeDevice(device);
  }
  account.kinds.delete(kind);
  account.scopes = account.scopes.filter((scope) => !scope.startsWith(`${kind}:`));
  if (account.kinds.size === 0) user.accounts.delete(account.vendor);
  return noContent();
}

function accountOf(call: RequestContext, user: UserRecord): Account {
  const vendor = call.parameter("vendor");
  const account = user.accounts.get(vendor);
  if (account === undefined) throw notFound(`The user has not linked ${vendor}`);
  return account;
}

function linkedVendors({ vendor, kinds, isValid }: Account): LinkedVendor[] {
  return [...kinds].map((vendorType) => ({ vendor, vendorType, isValid }));
}
