import type {
  InterimInverterStatistics,
  Inverter,
  InverterStatistics,
  Operations,
} from "../../generated/types.ts";
import type { List, ListOptions } from "../core/pagination.ts";
import { type ResponsePromise, toResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Resource, type UserPageQuery } from "./resource.ts";

/** The day or month of the statistics. */
export type InverterStatisticsQuery = Operations["getInverterStatistics"]["query"];

/** Statistics of an inverter: final, or interim while Enode still collects from the vendor. */
export type InverterStatisticsResult =
  | {
      /** Enode has all that the vendor gives. */
      status: "final";
      /** The production, in kWh. */
      statistics: InverterStatistics;
    }
  | {
      /** Enode still collects from the vendor. */
      status: "interim";
      /** What there is so far, in kWh. */
      statistics: InterimInverterStatistics;
      /** When to ask again. */
      retryAt: Date;
    };

/** Solar inverters. */
export class Inverters extends Resource {
  /**
   * Lists inverters, of all users or of one.
   *
   * @param query - `userId` for one user; where to start, and how many records a page holds.
   * @param options - Options of each page's call, such as `signal`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * for await (const inverter of enode.inverters.list({ userId: "user-1" })) console.log(inverter.id);
   * ```
   */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Inverter> {
    return this.pagedByUser("listInverters", "listUserInverters", query, options);
  }

  /**
   * Reads an inverter from Enode's cache.
   *
   * @param inverterId - ID of the inverter.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const inverter = await enode.inverters.get("an-inverter-id");
   * ```
   */
  get(inverterId: string, options?: RequestOptions): ResponsePromise<Inverter> {
    return this.api.request("getInverter", { path: { inverterId } }, options);
  }

  /**
   * Reads the production of a month or day, in kWh.
   *
   * @param inverterId - ID of the inverter.
   * @param query - Year and month, and `day` for a single day.
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws BadRequestError for an invalid date.
   * @beta Enode may change this without notice.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   *
   * const enode = Enode.fromEnv();
   * const result = await enode.inverters.getStatistics("an-inverter-id", { year: 2026, month: 5 });
   * if (result.status === "interim") console.log("ask again at", result.retryAt);
   * ```
   */
  getStatistics(
    inverterId: string,
    query: InverterStatisticsQuery,
    options?: RequestOptions,
  ): ResponsePromise<InverterStatisticsResult> {
    const answer = this.api
      .request("getInverterStatistics", { path: { inverterId }, query }, options)
      .withResponse();
    return toResponsePromise(
      answer.then(({ data, response }) => ({ data: toResult(data), response })),
    );
  }

  /**
   * Asks Enode to fetch the inverter's data sooner than planned; Enode guarantees nothing.
   *
   * @param inverterId - ID of the inverter.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.inverters.refresh("an-inverter-id");
   * ```
   */
  refresh(inverterId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("refreshInverter", { path: { inverterId } }, options);
  }
}

function toResult(
  statistics: InverterStatistics | InterimInverterStatistics,
): InverterStatisticsResult {
  return "retryAfter" in statistics
    ? { status: "interim", statistics, retryAt: new Date(statistics.retryAfter) }
    : { status: "final", statistics };
}
