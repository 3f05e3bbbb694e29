import type { Integration, Operations, VendorHealth } from "../../generated/types.ts";
import { checkRequestOptions } from "../core/resolve-options.ts";
import type { ResponsePromise } from "../core/response-promise.ts";
import { isServerError } from "../errors/index.ts";
import type { RequestOptions } from "../options.ts";
import { Resource } from "./resource.ts";

/** The kinds of devices whose integrations are listed. */
export type IntegrationQuery = NonNullable<Operations["listIntegrations"]["query"]>;

/** State of Enode and of its connections to vendors. */
export class Service extends Resource {
  /**
   * Whether Enode accepts requests. Needs no token, and by default is not retried: a "no" is an answer.
   *
   * @param options - Options of this call, such as `signal` or `deadline`.
   * @throws ConnectionError · TimeoutError when Enode cannot be reached at all.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const isReady = await enode.service.isReady();
   * ```
   */
  async isReady(options: RequestOptions = {}): Promise<boolean> {
    checkRequestOptions(options);
    const { maxRetries = 0 } = options;
    try {
      await this.api.request("getServiceReadiness", {}, { ...options, maxRetries });
      return true;
    } catch (error) {
      if (isServerError(error) && error.status === 503) return false;
      throw error;
    }
  }

  /**
   * Lists the vendors that can be linked, with the kinds of devices and scopes of each.
   *
   * @param query - Only these kinds of devices.
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const integrations = await enode.service.integrations({ assetTypes: "vehicle" });
   * ```
   */
  integrations(
    query: IntegrationQuery = {},
    options?: RequestOptions,
  ): ResponsePromise<Integration[]> {
    return this.api.request("listIntegrations", { query }, options);
  }

  /**
   * Health of the connections to makers of vehicles.
   *
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const vendors = await enode.service.vehicles();
   * ```
   */
  vehicles(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listVehicleVendorHealth", {}, options);
  }

  /**
   * Health of the connections to makers of chargers.
   *
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const vendors = await enode.service.chargers();
   * ```
   */
  chargers(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listChargerVendorHealth", {}, options);
  }

  /**
   * Health of the connections to makers of HVAC units.
   *
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const vendors = await enode.service.hvacs();
   * ```
   */
  hvacs(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listHvacVendorHealth", {}, options);
  }

  /**
   * Health of the connections to makers of inverters.
   *
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const vendors = await enode.service.inverters();
   * ```
   */
  inverters(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listInverterVendorHealth", {}, options);
  }

  /**
   * Health of the connections to makers of batteries.
   *
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const vendors = await enode.service.batteries();
   * ```
   */
  batteries(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listBatteryVendorHealth", {}, options);
  }

  /**
   * Health of the connections to makers of meters.
   *
   * @param options - Options of this call, such as `signal` or `deadline`.
   *
   * @example
   * ```ts
   * import { Enode } from "enode-sdk";
   * const enode = Enode.fromEnv();
   * const vendors = await enode.service.meters();
   * ```
   */
  meters(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listMeterVendorHealth", {}, options);
  }
}
