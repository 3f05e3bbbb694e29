import type { Tariff } from "../../generated/types.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** Your own energy prices, under IDs that you choose, in place of market prices. */
export class Tariffs extends Resource {
  /**
   * Reads a tariff.
   *
   * @param tariffId - ID of your choice.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const rates = await enode.tariffs.get("night");
   * ```
   */
  get(tariffId: string, options?: RequestOptions): ResponsePromise<Tariff> {
    return this.api.request("getTariff", { path: { tariffId } }, options);
  }

  /**
   * Creates or replaces a tariff.
   *
   * @param tariffId - ID of your choice.
   * @param tariff - Its rates: name and price of a kWh.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * await enode.tariffs.set("night", [{ name: "LOW", cost: "0.119" }]);
   * ```
   */
  set(tariffId: string, tariff: Tariff, options?: RequestOptions): ResponsePromise<undefined> {
    return this.api.request("setTariff", { path: { tariffId }, body: tariff }, options);
  }
}
