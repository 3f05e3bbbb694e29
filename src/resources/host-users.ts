import type { OperationId } from "../../generated/operations.ts";
import type { LinkSessionRequest } from "../../generated/types.ts";
import type { CallResult } from "../core/result.ts";
import type { RequestOptions } from "../options.ts";
import type { UserLink } from "../storage/contracts.ts";
import { type ErasureReport, eraseUser, resumeErasures } from "./erasure.ts";
import { HostCall, type Tools } from "./host-call.ts";

const maxIdLength = 200;

/** Users by the host's own IDs: which user at Enode is meant is known to the host's user store alone. */
export class HostUsers {
  readonly #tools: Tools;

  constructor(tools: Tools) {
    this.#tools = tools;
  }

  /** The ID at Enode; undefined for a user that has none, or that is being erased. */
  async resolve(hostUserId: string, options?: RequestOptions): Promise<string | undefined> {
    return this.#find(new HostCall(this.#tools, "users.resolve", "getUser", options), hostUserId);
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
    const call = new HostCall(this.#tools, operation, operation, options);
    const userId = await this.#find(call, hostUserId);
    if (userId !== undefined) return { userId, options: call.options };
    const { NotFoundError, pathOf } = this.#tools;
    throw new NotFoundError(`${operation}: this user of the host has no user at Enode.`, {
      code: "not_found",
      context: { operation, path: pathOf(operation), attempts: 0 },
      status: 404,
    });
  }

  async get(hostUserId: string, options?: RequestOptions): Promise<CallResult> {
    const { userId, options: left } = await this.locate("getUser", hostUserId, options);
    return this.#tools.api.request("getUser", { path: { userId } }, left).withResponse();
  }

  async link(
    hostUserId: string,
    session: LinkSessionRequest,
    options?: RequestOptions,
  ): Promise<CallResult> {
    const { api, namespace } = this.#tools;
    const call = new HostCall(this.#tools, "users.link", "createLinkSession", options);
    const { userStore } = call;
    this.#checkId(hostUserId);
    const kept = await call.ask("userStore", "link", () =>
      userStore.link({
        namespace,
        hostUserId,
        // Made up, so that it says nothing of the user and depends on no key of the host.
        enodeUserId: crypto.randomUUID(),
        createdAt: Date.now(),
        erasingSince: undefined,
      }),
    );
    const userId = this.#checkLink(call, "link", kept, hostUserId).enodeUserId;
    if (isErasing(kept)) throw this.#refused();
    const path = { userId };
    const linked = await api
      .request("createLinkSession", { path, body: session }, call.options)
      .withResponse();
    // An erasure that ran in between has deleted the user before the session brought it back.
    if ((await this.#find(call, hostUserId)) === userId) return linked;
    await api.request("deleteUser", { path }, call.options);
    throw this.#refused();
  }

  async erase(hostUserId: string, options?: RequestOptions): Promise<ErasureReport> {
    const call = new HostCall(this.#tools, "users.erase", "deleteUser", options);
    this.#checkId(hostUserId);
    return eraseUser(call, hostUserId, (link) =>
      this.#checkLink(call, "beginErasure", link, hostUserId),
    );
  }

  async resumeErasures(options?: RequestOptions): Promise<ErasureReport[]> {
    const call = new HostCall(this.#tools, "users.resumeErasures", "deleteUser", options);
    return resumeErasures(call, (link) => {
      const { hostUserId } = Object(link) as Partial<UserLink>;
      return this.#checkLink(call, "listErasing", link, hostUserId ?? "");
    });
  }

  async #find(call: HostCall, hostUserId: string): Promise<string | undefined> {
    const { userStore } = call;
    this.#checkId(hostUserId);
    const { namespace } = this.#tools;
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
    throw this.#tools.invalidArgument(
      "hostUserId",
      `hostUserId must be a string of 1 to ${maxIdLength} characters, with no half of a surrogate pair.`,
    );
  }

  /** A store that mixes up users must not lead to what belongs to somebody else. */
  #checkLink(call: HostCall, method: string, link: unknown, hostUserId: string): UserLink {
    const found = Object(link) as Partial<UserLink>;
    if (
      found.namespace === this.#tools.namespace &&
      found.hostUserId === hostUserId &&
      typeof found.enodeUserId === "string" &&
      found.enodeUserId !== ""
    ) {
      // Its times may be anything: they are only compared with nothing.
      return found as UserLink;
    }
    throw call.failure("userStore", method, "returned something other than the link asked for");
  }

  #refused(): Error {
    return this.#tools.invalidArgument(
      "hostUserId",
      "The erasure of this user has begun: call enode.users.erase() again to finish it, and link after that.",
    );
  }
}

/** Stores of tables give null for nothing. */
function isErasing(link: UserLink): boolean {
  return (link.erasingSince ?? null) !== null;
}
