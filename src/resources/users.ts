import type { LinkSession, LinkSessionRequest, User, UserSummary } from "../../generated/types.ts";
import type { List, ListOptions, PageQuery } from "../core/pagination.ts";
import type { ResponsePromise } from "../core/result.ts";
import type { RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** The end users of your client, under your own IDs, and the vendor accounts they have linked. */
export class Users extends Resource {
  /** Lists all users. A user is there from its first link session on. */
  list(query: PageQuery = {}, options?: ListOptions): List<UserSummary> {
    return this.paged("listUsers", {}, query, options);
  }

  /**
   * Reads a user with its linked vendor accounts and whether their credentials still work.
   *
   * @throws NotFoundError for an ID that never had a link session.
   */
  get(userId: string, options?: RequestOptions): ResponsePromise<User> {
    return this.api.request("getUser", { path: { userId } }, options);
  }

  /**
   * Starts a session in which the user connects a vendor account. The user comes into being with it.
   * It is good for one use within 24 hours; treat `linkUrl` and `linkToken` as secrets.
   *
   * @throws PermissionError when the connection limit of your client is reached.
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
   */
  link(
    userId: string,
    session: LinkSessionRequest,
    options?: RequestOptions,
  ): ResponsePromise<LinkSession> {
    return this.api.request("createLinkSession", { path: { userId }, body: session }, options);
  }

  /** Deletes a user with its devices, history and credentials, for good. */
  delete(userId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("deleteUser", { path: { userId } }, options);
  }

  /** Drops the user's vendor credentials and keeps the data; a later link session brings all back. */
  deauthorize(userId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("deauthorizeUser", { path: { userId } }, options);
  }

  /**
   * Deletes what came from one vendor account: all of it, or with `vendorType` the devices of one kind
   * (with the last kind the account goes too).
   */
  disconnectVendor(
    userId: string,
    vendor: string,
    vendorType?: string,
    options?: RequestOptions,
  ): ResponsePromise<undefined> {
    return vendorType === undefined
      ? this.api.request("disconnectVendor", { path: { userId, vendor } }, options)
      : this.api.request("disconnectVendorType", { path: { userId, vendor, vendorType } }, options);
  }
}
