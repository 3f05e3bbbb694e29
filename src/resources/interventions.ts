import type { Intervention, Operations } from "../../generated/types.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import type { RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** The language, and the vendor and kind of device, of interventions. */
export type InterventionQuery = NonNullable<Operations["listInterventions"]["query"]>;

/** Steps that someone must take before a device has all of its capabilities. */
export class Interventions extends Resource {
  /**
   * Reads the catalogue of all interventions.
   *
   * @param query - Language, vendor and kind of device.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const interventions = await enode.interventions.list({ language: "en-GB" });
   * ```
   */
  list(query: InterventionQuery = {}, options?: RequestOptions): ResponsePromise<Intervention[]> {
    return this.api.request("listInterventions", { query }, options);
  }

  /**
   * Reads one intervention, by an ID from a device's `capabilities`.
   *
   * @param interventionId - ID of the intervention.
   * @param query - Language, vendor and kind of device.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const intervention = await enode.interventions.get("an-intervention-id", { language: "en-GB" });
   * ```
   */
  get(
    interventionId: string,
    query: InterventionQuery = {},
    options?: RequestOptions,
  ): ResponsePromise<Intervention> {
    return this.api.request("getIntervention", { path: { interventionId }, query }, options);
  }
}
