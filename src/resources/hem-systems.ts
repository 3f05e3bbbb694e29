import type { HemSystem, HemSystemStatistics, Operations } from "../../generated/types.ts";
import type { List, ListOptions } from "../core/pagination.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Resource, type UserPageQuery } from "./resource.ts";

/** The time range of the statistics. */
export type HemSystemStatisticsQuery = Operations["getHemSystemStatistics"]["query"];

/**
 * Home energy management systems: the inverters, batteries and meters of one site together.
 *
 * @beta Enode must enable this for your client, and may change it without notice.
 */
export class HemSystems extends Resource {
  /**
   * Lists systems, of all users or of one.
   *
   * @param query - `userId` for one user; where to start, and how many records a page holds.
   * @param options - Options of each page's call, such as `signal`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * for await (const system of enode.hemSystems.list({ userId: "user-1" })) console.log(system.id);
   * ```
   */
  list(query: UserPageQuery = {}, options?: ListOptions): List<HemSystem> {
    return this.pagedByUser("listHemSystems", "listUserHemSystems", query, options);
  }

  /**
   * Reads a system.
   *
   * @param hemSystemId - ID of the system.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const system = await enode.hemSystems.get("a-hem-system-id");
   * ```
   */
  get(hemSystemId: string, options?: RequestOptions): ResponsePromise<HemSystem> {
    return this.api.request("getHemSystem", { path: { hemSystemId } }, options);
  }

  /**
   * Reads time series of a system. Enode asks the vendor while you wait, so the default deadline is
   * 120 s.
   *
   * @param hemSystemId - ID of the system.
   * @param query - A day, month or year: `2026-02-02`, `2026-02` or `2026`.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws UnprocessableError when there are none for this time range.
   * @throws ServerError with `retryAt` when the vendor cannot be reached.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const statistics = await enode.hemSystems.getStatistics("a-hem-system-id", { interval: "2026-02-02" });
   * ```
   */
  getStatistics(
    hemSystemId: string,
    query: HemSystemStatisticsQuery,
    options?: RequestOptions,
  ): ResponsePromise<HemSystemStatistics> {
    return this.api.request("getHemSystemStatistics", { path: { hemSystemId }, query }, options);
  }
}
