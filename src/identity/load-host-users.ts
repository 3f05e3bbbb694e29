import { Deadline } from "../core/deadline.ts";
import { failures } from "../core/failures.ts";
import { specOf } from "../core/request/operations.ts";
import { checkRequestOptions } from "../core/resolve-options.ts";
import type { Requester } from "../core/transport.ts";
import { invalidArgument, invalidOption } from "../errors/configuration.ts";
import { NotFoundError, StoreError } from "../errors/index.ts";
import type { HostUser } from "../options.ts";
import type { Storage } from "../storage/contracts/index.ts";
import type { HostUsers } from "./host-users.lazy.ts";

/** Loads what knows users by the host's own IDs. */
export type LoadHostUsers = () => Promise<HostUsers>;

/** Users by the host's own IDs, loaded when first needed: without a user store they never are. */
export function hostUsersOf(
  api: Requester,
  storage: Storage | undefined,
  namespace: string,
): LoadHostUsers {
  return async () => {
    const { HostUsers } = await import("./host-users.lazy.ts");
    return new HostUsers({
      api,
      storage,
      namespace,
      checkRequestOptions,
      Deadline,
      invalidArgument,
      invalidOption,
      NotFoundError,
      failures,
      pathOf: (operation) => specOf(operation).path,
      StoreError,
    });
  };
}

/** Tells the host's own ID from one of Enode's. Any other value is left to be refused as the latter. */
export function isHostUser(user: string | HostUser): user is HostUser {
  return typeof user === "object" && user !== null && "hostUserId" in user;
}
