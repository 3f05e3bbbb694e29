import type { Tariff } from "../../generated/types.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** Your own energy prices, under IDs that you choose, in place of market prices. */
export class Tariffs extends Resource {
  /** Reads a tariff. */
  get(tariffId: string, options?: RequestOptions): ResponsePromise<Tariff> {
    return this.api.request("getTariff", { path: { tariffId } }, options);
  }

  /** Creates or replaces a tariff. */
  set(tariffId: string, tariff: Tariff, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("setTariff", { path: { tariffId }, body: tariff }, options);
  }
}
