/** A user of the host and the user at Enode that belongs to it. */
export interface UserLink {
  /** `<environment>:<clientId>`. Nothing of one namespace meets another. */
  namespace: string;
  /** The host's own ID of the user. */
  hostUserId: string;
  /** The ID that Enode knows the user by. */
  enodeUserId: string;
  /** When the link was made, in ms since the epoch. */
  createdAt: number;
  /** When the erasure of the user began, in ms since the epoch; undefined as long as none has. */
  erasingSince: number | undefined;
}

/**
 * Which user of the host is which user at Enode: one to one, within a namespace. Enode's IDs are made up,
 * so that the keys of neither side depend on those of the other, and none of them says who somebody is.
 *
 * IDs are texts of 1 to 200 characters, compared exactly: no trimming, no folding of case. A namespace or ID that is
 * undefined, null or empty is refused. Every method may throw or reject; the call that needed it then fails with a
 * `StoreError`.
 */
export interface UserStore {
  /**
   * Keeps a link, in one atomic step, unless the host's user has one already. Resolves with the one that is
   * kept, when it would survive a crash: of any number of simultaneous calls for one user of the host all get
   * the same. Rejects when the Enode user belongs to another user of the host.
   */
  link(link: UserLink): Promise<UserLink>;
  /** The link of a user of the host; undefined when there is none. */
  get(namespace: string, hostUserId: string): Promise<UserLink | undefined>;
  /** The link of a user at Enode; undefined when there is none. */
  getByEnodeUserId(namespace: string, enodeUserId: string): Promise<UserLink | undefined>;
  /**
   * Sets `erasingSince`, in one atomic step, unless it is set already. Resolves with the link as it is then;
   * undefined when there is none.
   */
  beginErasure(namespace: string, hostUserId: string, at: number): Promise<UserLink | undefined>;
  /** The links whose erasure has begun, the oldest first, up to `limit`: those that failed half-way. */
  listErasing(namespace: string, limit: number): Promise<UserLink[]>;
  /** Forgets the link of a user of the host. Tells whether there was one. */
  remove(namespace: string, hostUserId: string): Promise<boolean>;
}
