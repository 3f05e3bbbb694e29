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
  /** Lists meters, of all users or of one. */
  list(query: UserPageQuery = {}, options?: ListOptions): List<Meter> {
    return this.pagedByUser("listMeters", "listUserMeters", query, options);
  }

  /** Reads a meter from Enode's cache. */
  get(meterId: string, options?: RequestOptions): ResponsePromise<Meter> {
    return this.api.request("getMeter", { path: { meterId } }, options);
  }

  /** Asks Enode to fetch the meter's data sooner than planned; Enode guarantees nothing. */
  refresh(meterId: string, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("refreshMeter", { path: { meterId } }, options);
  }
}
