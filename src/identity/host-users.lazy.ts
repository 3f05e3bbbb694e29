import type { OperationId } from "../../generated/operations.ts";
import type { LinkSessionRequest } from "../../generated/types.ts";
import type { CallResult } from "../core/response-promise.ts";
import type { ApiError, ConnectionError } from "../errors/index.ts";
import type { RequestOptions } from "../options.ts";
import type { UserLink } from "../storage/contracts/index.ts";
import { deleteAtEnode, type ErasureReport, eraseUser, resumeErasures } from "./erasure.lazy.ts";
import { type Dependencies, StoreCall } from "./store-call.lazy.ts";

const maxIdLength = 200;
/** Time limit for the check whether the user still exists after a session was made, in ms. */
const undoTimeout = 10_000;

/** Users by the host's own IDs: only the host's user store has the IDs at Enode. */
export class HostUsers {
  readonly #dependencies: Dependencies;

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies;
  }

  /** The ID at Enode; undefined for a user that has none, or that is being erased. */
  async resolve(hostUserId: string, options?: RequestOptions): Promise<string | undefined> {
    return this.#find(
      new StoreCall(this.#dependencies, "users.resolve", "getUser", options),
      hostUserId,
    );
  }

  /**
   * The ID at Enode, and the options that are left for the operation itself.
   *
   * @throws NotFoundError for a user that has none, or that is being erased.
   */
  async locate(
    operation: OperationId,
    hostUserId: string,
    options?: RequestOptions,
  ): Promise<{ userId: string; options: RequestOptions }> {
    const call = new StoreCall(this.#dependencies, operation, operation, options);
    const userId = await this.#find(call, hostUserId);
    if (userId !== undefined) return { userId, options: call.options };
    const { NotFoundError, pathOf } = this.#dependencies;
    throw new NotFoundError(`${operation}: this user of the host has no user at Enode.`, {
      code: "not_found",
      context: { operation, path: pathOf(operation), attempts: 0 },
      status: 404,
    });
  }

  async get(hostUserId: string, options?: RequestOptions): Promise<CallResult> {
    const { userId, options: left } = await this.locate("getUser", hostUserId, options);
    return this.#dependencies.api.request("getUser", { path: { userId } }, left).withResponse();
  }

  async link(
    hostUserId: string,
    session: LinkSessionRequest,
    options?: RequestOptions,
  ): Promise<CallResult> {
    const { namespace } = this.#dependencies;
    const call = new StoreCall(this.#dependencies, "users.link", "createLinkSession", options);
    const { userStore } = call;
    this.#checkId(hostUserId);
    const kept = await call.ask("userStore", "link", () =>
      userStore.link({
        namespace,
        hostUserId,
        // Random, so that it reveals nothing about the user and depends on no key of the host.
        enodeUserId: crypto.randomUUID(),
        createdAt: Date.now(),
        erasingSince: undefined,
      }),
    );
    const userId = this.#checkLink(call, "link", kept, hostUserId).enodeUserId;
    if (isErasing(kept)) throw this.#refused();
    return this.#startSession(hostUserId, userId, session, call.options);
  }

  /**
   * The same for a user that has an ID at Enode already.
   *
   * @throws NotFoundError for one that has none, or that is being erased.
   */
  async linkAgain(
    hostUserId: string,
    session: LinkSessionRequest,
    options?: RequestOptions,
  ): Promise<CallResult> {
    const found = await this.locate("createLinkSession", hostUserId, options);
    return this.#startSession(hostUserId, found.userId, session, found.options);
  }

  async #startSession(
    hostUserId: string,
    userId: string,
    session: LinkSessionRequest,
    options: RequestOptions,
  ): Promise<CallResult> {
    const path = { userId };
    let linked: CallResult;
    try {
      const request = this.#dependencies.api.request(
        "createLinkSession",
        { path, body: session },
        options,
      );
      linked = await request.withResponse();
    } catch (error) {
      // Enode may have made the session, unless it has refused or never received the request.
      if (mayHaveBegun(error)) await this.#undoIfErased(hostUserId, userId);
      throw error;
    }
    await this.#undoIfErased(hostUserId, userId);
    return linked;
  }

  /**
   * Deletes a user at Enode that a session has created again after a concurrent erasure had deleted it: no store
   * has that ID any more. It has a time limit of its own, as the caller's may be used up.
   */
  async #undoIfErased(hostUserId: string, userId: string): Promise<void> {
    const call = new StoreCall(this.#dependencies, "users.link", "deleteUser", {
      deadline: undoTimeout,
    });
    if ((await this.#find(call, hostUserId)) === userId) return;
    await deleteAtEnode(call, userId);
    throw this.#refused();
  }

  async erase(hostUserId: string, options?: RequestOptions): Promise<ErasureReport> {
    const call = new StoreCall(this.#dependencies, "users.erase", "deleteUser", options);
    this.#checkId(hostUserId);
    return eraseUser(call, hostUserId, (link) =>
      this.#checkLink(call, "beginErasure", link, hostUserId),
    );
  }

  async resumeErasures(options?: RequestOptions): Promise<ErasureReport[]> {
    const call = new StoreCall(this.#dependencies, "users.resumeErasures", "deleteUser", options);
    return resumeErasures(call, (link) => {
      const { hostUserId } = Object(link) as Partial<UserLink>;
      return this.#checkLink(call, "listErasing", link, hostUserId ?? "");
    });
  }

  async #find(call: StoreCall, hostUserId: string): Promise<string | undefined> {
    const { userStore } = call;
    this.#checkId(hostUserId);
    const { namespace } = this.#dependencies;
    const link = await call.ask("userStore", "get", () => userStore.get(namespace, hostUserId));
    if (!link) return undefined;
    const { enodeUserId } = this.#checkLink(call, "get", link, hostUserId);
    return isErasing(link) ? undefined : enodeUserId;
  }

  #checkId(hostUserId: unknown): void {
    if (
      typeof hostUserId === "string" &&
      hostUserId !== "" &&
      hostUserId.length <= maxIdLength &&
      hostUserId.isWellFormed()
    ) {
      return;
    }
    throw this.#dependencies.invalidArgument(
      "hostUserId",
      `hostUserId must be a string of 1 to ${maxIdLength} characters, with no half of a surrogate pair.`,
    );
  }

  /** Checks a link: a store that mixes up users must not give access to data of another user. */
  #checkLink(call: StoreCall, method: string, link: unknown, hostUserId: string): UserLink {
    const found = Object(link) as Partial<UserLink>;
    if (
      found.namespace === this.#dependencies.namespace &&
      found.hostUserId === hostUserId &&
      typeof found.enodeUserId === "string" &&
      found.enodeUserId !== ""
    ) {
      // Its times are not checked: they are only tested for presence.
      return found as UserLink;
    }
    throw call.failure("userStore", method, "returned something other than the link asked for");
  }

  #refused(): Error {
    return this.#dependencies.invalidArgument(
      "hostUserId",
      "The erasure of this user has begun: call enode.users.erase() again to finish it, and link after that.",
    );
  }
}

/** Whether a session may have been made although the call failed. */
function mayHaveBegun(error: unknown): boolean {
  const { status = 500, beforeSend = false } = Object(error) as Partial<ConnectionError & ApiError>;
  return status >= 500 && !beforeSend;
}

/** Stores over tables may return null in place of undefined. */
function isErasing(link: UserLink): boolean {
  return (link.erasingSince ?? null) !== null;
}
