import type { Handlers } from "./call.ts";
import { deviceKinds, integrations, vendorHealth } from "./catalogue.ts";
import {
  assignLocation,
  cancelAction,
  controlCharging,
  followSchedule,
  getAction,
  getDevice,
  listDevices,
  listUserDevices,
  refreshDevice,
  setMaxCurrent,
  setOperationMode,
  setPermanentHold,
} from "./device-handlers.ts";
import { getIntervention, listInterventions } from "./interventions.ts";
import { createLinkSession, relinkAsset } from "./link.ts";
import { locationHandlers } from "./locations.ts";
import { noContent, ok } from "./replies.ts";
import { scheduleHandlers } from "./schedules.ts";
import { smartChargingHandlers } from "./smart-charging-handlers.ts";
import { overrideHandlers } from "./smart-overrides.ts";
import { chargingStatisticsHandlers } from "./statistics-charging.ts";
import { hemStatisticsHandlers } from "./statistics-hem.ts";
import { inverterStatisticsHandlers } from "./statistics-inverters.ts";
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

/** Every operation of the description. */
export const handlers: Handlers = {
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
  updateCharger: assignLocation("charger"),
  controlChargerCharging: controlCharging("charger"),
  setChargerMaxCurrent: setMaxCurrent("charger"),
  getChargerAction: getAction("charger"),
  cancelChargerAction: cancelAction("charger"),
  refreshCharger: refreshDevice("charger"),
  listHvacs: listDevices("hvac"),
  listUserHvacs: listUserDevices("hvac"),
  getHvac: getDevice("hvac"),
  setHvacLocation: assignLocation("hvac"),
  setHvacPermanentHold: setPermanentHold,
  setHvacFollowSchedule: followSchedule,
  getHvacAction: getAction("hvac"),
  cancelHvacAction: cancelAction("hvac"),
  refreshHvac: refreshDevice("hvac"),
  listInverters: listDevices("inverter"),
  listUserInverters: listUserDevices("inverter"),
  getInverter: getDevice("inverter"),
  refreshInverter: refreshDevice("inverter"),
  listBatteries: listDevices("battery"),
  listUserBatteries: listUserDevices("battery"),
  getBattery: getDevice("battery"),
  setBatteryOperationMode: setOperationMode,
  getBatteryAction: getAction("battery"),
  cancelBatteryAction: cancelAction("battery"),
  refreshBattery: refreshDevice("battery"),
  listMeters: listDevices("meter"),
  listUserMeters: listUserDevices("meter"),
  getMeter: getDevice("meter"),
  refreshMeter: refreshDevice("meter"),
  listHemSystems: listDevices("hemSystem"),
  listUserHemSystems: listUserDevices("hemSystem"),
  getHemSystem: getDevice("hemSystem"),
  ...locationHandlers,
  ...tariffHandlers,
  ...scheduleHandlers,
  ...smartChargingHandlers,
  ...overrideHandlers,
  ...chargingStatisticsHandlers,
  ...inverterStatisticsHandlers,
  ...hemStatisticsHandlers,
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
  listHvacVendorHealth: () => ok(vendorHealth("hvac")),
  listInverterVendorHealth: () => ok(vendorHealth("inverter")),
  listBatteryVendorHealth: () => ok(vendorHealth("battery")),
  listMeterVendorHealth: () => ok(vendorHealth("meter")),
  listIntegrations: ({ query }) =>
    ok(integrations(query.get("assetTypes")?.split(",") ?? deviceKinds)),
};
