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

/** Loads `HostUsers`. */
export type LoadHostUsers = () => Promise<HostUsers>;

/** Users by the host's own IDs, loaded when first needed: never without a user store. */
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

/** Whether it is a user by the host's own ID. Any other value is checked as an ID at Enode. */
export function isHostUser(user: string | HostUser): user is HostUser {
  return typeof user === "object" && user !== null && "hostUserId" in user;
}
