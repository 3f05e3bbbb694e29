import type { Meter } from "../../generated/types.ts";
import type { List, ListOptions } from "../core/pagination.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Resource, type UserPageQuery } from "./resource.ts";

/**
 * Energy meters.
 *
 * @beta Enode may change this without notice.
 */
export class Meters extends Resource {
  /**
   * Lists meters, of all users or of one.
   *
   * @param query - `userId` for one user; where to start, and how many records a page holds.
   * @param options - Options of each page's call, such as `signal`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * for await (const meter of enode.meters.list({ userId: "user-1" })) console.log(meter.id);
   * ```
   */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Meter> {
    return this.pagedByUser("listMeters", "listUserMeters", query, options);
  }

  /**
   * Reads a meter from Enode's cache.
   *
   * @param meterId - ID of the meter.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const meter = await enode.meters.get("a-meter-id");
   * ```
   */
  get(meterId: string, options?: RequestOptions): ResponsePromise<Meter> {
    return this.api.request("getMeter", { path: { meterId } }, options);
  }

  /**
   * Asks Enode to fetch the meter's data sooner than planned; Enode guarantees nothing.
   *
   * @param meterId - ID of the meter.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.meters.refresh("a-meter-id");
   * ```
   */
  refresh(meterId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("refreshMeter", { path: { meterId } }, options);
  }
}
