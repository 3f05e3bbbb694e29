import type { LinkSession, LinkSessionRequest, User, UserSummary } from "../../generated/types.ts";
import type { List, ListOptions, PageQuery } from "../core/pagination.ts";
import { type ResponsePromise, toResponsePromise } from "../core/response-promise.ts";
import type { Requester } from "../core/transport.ts";
import type { ErasureReport } from "../identity/erasure.lazy.ts";
import { isHostUser, type LoadHostUsers } from "../identity/load-host-users.ts";
import type { HostUser, RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** The arguments after the vendor: options for its whole account, or the kind of devices to delete, and options. */
export type DisconnectArguments =
  | []
  | [options: RequestOptions]
  | [vendorType: string, options?: RequestOptions];

/**
 * The end users of your client and the vendor accounts that they have linked. A user has an ID of your choice at
 * Enode. With a `userStore` in the client's `storage` you need not choose one: pass `{ hostUserId }`, your own ID,
 * and Enode gets a random one.
 */
export class Users extends Resource {
  readonly #hostUsers: LoadHostUsers;

  /** @internal */
  constructor(api: Requester, hostUsers: LoadHostUsers) {
    super(api);
    this.#hostUsers = hostUsers;
  }

  /**
   * Lists all users. A user exists from its first link session on.
   *
   * @param query - Where to start, and how many records a page holds.
   * @param options - Options of each page's call, such as `signal`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * for await (const user of enode.users.list()) console.log(user.id);
   * ```
   */
  list(query: PageQuery = {}, options?: ListOptions): List<UserSummary> {
    return this.paged("listUsers", {}, query, options);
  }

  /**
   * Reads a user with its linked vendor accounts and whether their credentials still work.
   *
   * @param user - ID of the user at Enode, or `{ hostUserId }` with your own.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws NotFoundError for an ID that never had a link session · StoreError with `{ hostUserId }`, when
   * the user store fails.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const user = await enode.users.get("user-1");
   * ```
   */
  get(user: string | HostUser, options?: RequestOptions): ResponsePromise<User> {
    if (!isHostUser(user)) return this.api.request("getUser", { path: { userId: user } }, options);
    const { hostUserId } = user;
    return toResponsePromise(this.#hostUsers().then((users) => users.get(hostUserId, options)));
  }

  /**
   * The ID of one of your users at Enode; undefined when `link({ hostUserId }, …)` was never called for it, or its
   * erasure has begun.
   *
   * @param hostUserId - Your own ID of the user.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws StoreError when the user store fails · ConfigurationError when the client has none.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const userId = await enode.users.resolve("4711");
   * ```
   */
  async resolve(hostUserId: string, options?: RequestOptions): Promise<string | undefined> {
    return (await this.#hostUsers()).resolve(hostUserId, options);
  }

  /**
   * Starts a session in which the user connects a vendor account. The first one creates the user. It is valid for
   * one use within 24 hours; treat `linkUrl` and `linkToken` as secrets.
   *
   * With `{ hostUserId }` the first call makes a random ID for Enode and keeps it in the user store, so that Enode
   * learns neither your keys nor the identity of the user.
   *
   * @param user - ID of the user at Enode, or `{ hostUserId }` with your own.
   * @param session - What is to be linked, language of the pages, and where they lead in the end.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws PermissionError when the connection limit of your client is reached. With `{ hostUserId }` also
   * StoreError when the user store fails, and ConfigurationError when the client has none or the erasure of the
   * user has begun.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * const enode = Enode.fromEnv();
   * const { linkUrl } = await enode.users.link("user-1", {
   *   vendorType: "vehicle",
   *   scopes: ["vehicle:read:data", "vehicle:control:charging"],
   *   language: "en-GB",
   *   redirectUri: "https://example.com/linked",
   * });
   * console.log(linkUrl);
   * ```
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * import { sqliteStorage } from "enode-sdk/storage/sqlite";
   *
   * const enode = Enode.fromEnv({ storage: sqliteStorage({ path: "enode.db" }) });
   * const hostUserId = "4711";
   * const { linkUrl } = await enode.users.link(
   *   { hostUserId },
   *   { scopes: ["vehicle:read:data"], language: "en-GB", redirectUri: "https://example.com/linked" },
   * );
   * const vehicles = await enode.user({ hostUserId }).vehicles.list();
   * console.log(linkUrl, vehicles.data.length);
   * ```
   */
  link(
    user: string | HostUser,
    session: LinkSessionRequest,
    options?: RequestOptions,
  ): ResponsePromise<LinkSession> {
    if (isHostUser(user)) {
      const { hostUserId } = user;
      return toResponsePromise(
        this.#hostUsers().then((users) => users.link(hostUserId, session, options)),
      );
    }
    const path = { userId: user };
    return this.api.request("createLinkSession", { path, body: session }, options);
  }

  /**
   * Erases one of your users for good: at Enode, and in all stores of the client's `storage`. It deletes the link
   * and all data under the ID; a tombstone stays in the `deviceStore`, so that updates in flight bring nothing
   * back.
   *
   * If it fails half-way, call it again, or `resumeErasures`: from its first step on no link session can be made,
   * and no data of the user can be read by `{ hostUserId }`. An unknown user is no error: `userId` of the report is
   * undefined, and nothing is erased. So it is with the ID at Enode in place of your own. `deadline` is for the whole
   * erasure.
   *
   * @param hostUserId - Your own ID of the user, by which it was linked as `{ hostUserId }`.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws StoreError naming the store and the method that failed · ConfigurationError when the client has no
   * user store · and as `delete`.
   *
   * @example
   * ```ts
   * import type { Enode } from "enode-sdk";
   *
   * export async function onAccountClosed(enode: Enode, hostUserId: string): Promise<void> {
   *   const { skipped } = await enode.users.erase(hostUserId, { deadline: 120_000 });
   *   if (skipped.length > 0) console.log("not kept in this storage:", skipped);
   * }
   * ```
   */
  async erase(hostUserId: string, options?: RequestOptions): Promise<ErasureReport> {
    return (await this.#hostUsers()).erase(hostUserId, options);
  }

  /**
   * Finishes all erasures that failed half-way, the oldest first; call it on a schedule. One that fails again does
   * not stop the others; its error is thrown after them. `deadline` is for all of them.
   *
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws as `erase`
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const reports = await enode.users.resumeErasures();
   * ```
   */
  async resumeErasures(options?: RequestOptions): Promise<ErasureReport[]> {
    return (await this.#hostUsers()).resumeErasures(options);
  }

  /**
   * Deletes a user with its devices, history and credentials, for good.
   *
   * @param userId - ID of the user at Enode.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.users.delete("user-1");
   * ```
   */
  delete(userId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("deleteUser", { path: { userId } }, options);
  }

  /**
   * Deletes the user's vendor credentials and keeps the data; a later link session restores everything.
   *
   * @param userId - ID of the user at Enode.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.users.deauthorize("user-1");
   * ```
   */
  deauthorize(userId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("deauthorizeUser", { path: { userId } }, options);
  }

  /**
   * Deletes the data of one vendor account: all of it, or with `vendorType` the devices of one kind (with the last
   * kind the account is deleted, too).
   *
   * @param userId - ID of the user at Enode.
   * @param vendor - The vendor, such as `TESLA`.
   * @param rest - The kind of devices, and options of this call.
   * @throws ConfigurationError for a `vendorType` that is passed and undefined, null or empty: one that got lost
   * must not delete the whole account.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.users.disconnectVendor("user-1", "TESLA");
   * ```
   */
  disconnectVendor(
    userId: string,
    vendor: string,
    ...rest: DisconnectArguments
  ): ResponsePromise<undefined> {
    const [first, options] = rest;
    if (rest.length === 0 || (typeof first === "object" && first !== null)) {
      // No options, or an object: the types exclude other values.
      const given = first as RequestOptions | undefined;
      return this.api.request("disconnectVendor", { path: { userId, vendor } }, given);
    }
    // Whatever it is: an invalid kind is refused when it is filled into the path.
    const path = { userId, vendor, vendorType: first as string };
    return this.api.request("disconnectVendorType", { path }, options);
  }
}
