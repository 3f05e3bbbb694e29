import type { Handlers } from "../../http/handler.ts";
import { noContent, ok } from "../../http/responses.ts";
import { deviceKinds, integrations, vendorHealth } from "../../simulation/devices/catalogue.ts";

/** The operations on the API itself, and on the vendors that it integrates. */
export const serviceHandlers: Handlers<
  | "getServiceReadiness"
  | "listVehicleVendorHealth"
  | "listChargerVendorHealth"
  | "listHvacVendorHealth"
  | "listInverterVendorHealth"
  | "listBatteryVendorHealth"
  | "listMeterVendorHealth"
  | "listIntegrations"
> = {
  getServiceReadiness: () => noContent(),
  listVehicleVendorHealth: () => ok(vendorHealth("vehicle")),
  listChargerVendorHealth: () => ok(vendorHealth("charger")),
  listHvacVendorHealth: () => ok(vendorHealth("hvac")),
  listInverterVendorHealth: () => ok(vendorHealth("inverter")),
  listBatteryVendorHealth: () => ok(vendorHealth("battery")),
  listMeterVendorHealth: () => ok(vendorHealth("meter")),
  listIntegrations: ({ query }) =>
    ok(integrations(query.get("assetTypes")?.split(",") ?? deviceKinds)),
};
