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
   * @throws ConnectionError · TimeoutError when Enode cannot be reached at all.
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

  /** Lists the vendors that can be linked, with the kinds of devices and scopes of each. */
  integrations(
    query: IntegrationQuery = {},
    options?: RequestOptions,
  ): ResponsePromise<Integration[]> {
    return this.api.request("listIntegrations", { query }, options);
  }

  /** Health of the connections to makers of vehicles. */
  vehicles(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listVehicleVendorHealth", {}, options);
  }

  /** Health of the connections to makers of chargers. */
  chargers(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listChargerVendorHealth", {}, options);
  }

  /** Health of the connections to makers of HVAC units. */
  hvacs(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listHvacVendorHealth", {}, options);
  }

  /** Health of the connections to makers of inverters. */
  inverters(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listInverterVendorHealth", {}, options);
  }

  /** Health of the connections to makers of batteries. */
  batteries(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listBatteryVendorHealth", {}, options);
  }

  /** Health of the connections to makers of meters. */
  meters(options?: RequestOptions): ResponsePromise<VendorHealth[]> {
    return this.api.request("listMeterVendorHealth", {}, options);
  }
}
