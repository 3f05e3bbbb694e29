import type { Handlers } from "../http/handler.ts";
import { noContent, ok } from "../http/responses.ts";
import { deviceKinds, integrations, vendorHealth } from "../simulation/devices/catalogue.ts";
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
} from "./devices/handlers.ts";
import { getIntervention, listInterventions } from "./interventions/handlers.ts";
import { createLinkSession, relinkAsset } from "./link/link-sessions.ts";
import { locationHandlers } from "./locations/location-repository.ts";
import { scheduleHandlers } from "./schedules/schedule-service.ts";
import { smartChargingHandlers } from "./smart-charging/handlers.ts";
import { overrideHandlers } from "./smart-charging/override-service.ts";
import { chargingStatisticsHandlers } from "./statistics/charging.ts";
import { hemStatisticsHandlers } from "./statistics/hem-systems.ts";
import { inverterStatisticsHandlers } from "./statistics/inverter-statistics-service.ts";
import { tariffHandlers } from "./tariffs/tariff-repository.ts";
import {
  deauthorizeUser,
  deleteUser,
  disconnectVendor,
  disconnectVendorType,
  getUser,
  listUsers,
} from "./users/handlers.ts";
import {
  createWebhook,
  deleteWebhook,
  getWebhook,
  listWebhooks,
  testWebhook,
  updateWebhook,
} from "./webhooks/handlers.ts";

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
