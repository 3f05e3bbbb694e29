import type { OperationId } from "../../generated/operations.ts";
import type { Handler } from "./call.ts";
import { integrations, vendorHealth } from "./catalogue.ts";
import {
  cancelAction,
  controlCharging,
  getAction,
  getDevice,
  listDevices,
  listUserDevices,
  refreshDevice,
  setMaxCurrent,
  updateCharger,
} from "./device-handlers.ts";
import { getIntervention, listInterventions } from "./interventions.ts";
import { createLinkSession, relinkAsset } from "./link.ts";
import { locationHandlers } from "./locations.ts";
import { noContent, ok } from "./replies.ts";
import { tariffHandlers } from "./tariffs.ts";
import {
  deauthorizeUser,
  deleteUser,
  disconnectVendor,
  disconnectVendorType,
  getUser,
  listUsers,
} from "./users.ts";
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  testWebhook,
  updateWebhook,
} from "./webhook-handlers.ts";

/** The operations that the sandbox simulates; it answers 501 to the rest. */
export const handlers: Readonly<Partial<Record<OperationId, Handler>>> = {
  listUsers,
  getUser,
  deleteUser,
  deauthorizeUser,
  disconnectVendor,
  disconnectVendorType,
  createLinkSession,
  relinkAsset,
  listVehicles: listDevices("vehicle"),
  listUserVehicles: listUserDevices("vehicle"),
  getVehicle: getDevice("vehicle"),
  controlVehicleCharging: controlCharging("vehicle"),
  setVehicleMaxCurrent: setMaxCurrent("vehicle"),
  getVehicleAction: getAction("vehicle"),
  cancelVehicleAction: cancelAction("vehicle"),
  refreshVehicle: refreshDevice("vehicle"),
  listChargers: listDevices("charger"),
  listUserChargers: listUserDevices("charger"),
  getCharger: getDevice("charger"),
  updateCharger,
  controlChargerCharging: controlCharging("charger"),
  setChargerMaxCurrent: setMaxCurrent("charger"),
  getChargerAction: getAction("charger"),
  cancelChargerAction: cancelAction("charger"),
  refreshCharger: refreshDevice("charger"),
  ...locationHandlers,
  ...tariffHandlers,
  listInterventions,
  getIntervention,
  listWebhooks,
  createWebhook,
  getWebhook,
  updateWebhook,
  deleteWebhook,
  testWebhook,
  getServiceReadiness: () => noContent(),
  listVehicleVendorHealth: () => ok(vendorHealth("vehicle")),
  listChargerVendorHealth: () => ok(vendorHealth("charger")),
  listIntegrations: ({ query }) =>
    ok(integrations((query.get("assetTypes") ?? "vehicle,charger").split(","))),
};
