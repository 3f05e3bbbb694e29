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
  /** Lists systems, of all users or of one. */
  list(query: UserPageQuery = {}, options?: ListOptions): List<HemSystem> {
    return this.pagedByUser("listHemSystems", "listUserHemSystems", query, options);
  }

  /** Reads a system. */
  get(hemSystemId: string, options?: RequestOptions): ResponsePromise<HemSystem> {
    return this.api.request("getHemSystem", { path: { hemSystemId } }, options);
  }

  /**
   * Reads time series of a system. Enode asks the vendor while you wait, so the default deadline is
   * 120 s.
   *
   * @throws UnprocessableError when there are none for this time range.
   * @throws ServerError with `retryAt` when the vendor cannot be reached.
   */
  getStatistics(
    hemSystemId: string,
    query: HemSystemStatisticsQuery,
    options?: RequestOptions,
  ): ResponsePromise<HemSystemStatistics> {
    return this.api.request("getHemSystemStatistics", { path: { hemSystemId }, query }, options);
  }
}
