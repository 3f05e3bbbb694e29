import type { OperationId } from "../../../generated/operations.ts";
import type { Enode, OperationInput } from "../../../src/index.ts";

/** Calls the method of a resource that stands for an operation, with the input of the operation. */
type Through<Id extends OperationId> = (
  enode: Enode,
  input: Required<OperationInput<Id>>,
) => PromiseLike<unknown>;

/**
 * By which method of which resource each operation is reached.
 *
 * Written by hand, and compared to the description in both directions.
 */
export const methods: { readonly [Id in OperationId]: Through<Id> } = {
  listUsers: (enode, { query }) => enode.users.list(query),
  getUser: (enode, { path }) => enode.users.get(path.userId),
  deleteUser: (enode, { path }) => enode.users.delete(path.userId),
  deauthorizeUser: (enode, { path }) => enode.users.deauthorize(path.userId),
  disconnectVendor: (enode, { path }) => enode.users.disconnectVendor(path.userId, path.vendor),
  disconnectVendorType: (enode, { path }) =>
    enode.users.disconnectVendor(path.userId, path.vendor, path.vendorType),
  createLinkSession: (enode, { path, body }) => enode.users.link(path.userId, body),
  relinkAsset: (enode, { path, body }) => enode.assets.relink(path.assetId, body),

  listVehicles: (enode, { query }) => enode.vehicles.list(query),
  listUserVehicles: (enode, { path, query }) => enode.vehicles.list({ ...path, ...query }),
  getVehicle: (enode, { path }) => enode.vehicles.get(path.vehicleId),
  controlVehicleCharging: (enode, { path, body }) =>
    body.action === "START"
      ? enode.vehicles.startCharging(path.vehicleId)
      : enode.vehicles.stopCharging(path.vehicleId),
  setVehicleMaxCurrent: (enode, { path, body }) =>
    enode.vehicles.setMaxCurrent(path.vehicleId, body),
  getVehicleAction: (enode, { path }) => enode.vehicles.actions.get(path.actionId),
  cancelVehicleAction: (enode, { path }) => enode.vehicles.actions.cancel(path.actionId),
  refreshVehicle: (enode, { path }) => enode.vehicles.refresh(path.vehicleId),
  getVehicleSmartChargingPolicy: (enode, { path }) =>
    enode.vehicles.smartCharging.getPolicy(path.vehicleId),
  updateVehicleSmartChargingPolicy: (enode, { path, body }) =>
    enode.vehicles.smartCharging.updatePolicy(path.vehicleId, body),
  getVehicleSmartChargingStatus: (enode, { path }) =>
    enode.vehicles.smartCharging.getStatus(path.vehicleId),
  getVehicleSmartChargingPlan: (enode, { path }) =>
    enode.vehicles.smartCharging.getPlan(path.vehicleId, path.smartChargingPlanId),
  createVehicleSmartOverride: (enode, { path }) =>
    enode.vehicles.smartCharging.createOverride(path.vehicleId),
  endVehicleSmartOverride: (enode, { path }) =>
    enode.vehicles.smartCharging.endOverride(path.vehicleId),

  listChargers: (enode, { query }) => enode.chargers.list(query),
  listUserChargers: (enode, { path, query }) => enode.chargers.list({ ...path, ...query }),
  getCharger: (enode, { path }) => enode.chargers.get(path.chargerId),
  updateCharger: (enode, { path, body }) => enode.chargers.setLocation(path.chargerId, body),
  controlChargerCharging: (enode, { path, body }) =>
    body.action === "START"
      ? enode.chargers.startCharging(path.chargerId)
      : enode.chargers.stopCharging(path.chargerId),
  setChargerMaxCurrent: (enode, { path, body }) =>
    enode.chargers.setMaxCurrent(path.chargerId, body),
  getChargerAction: (enode, { path }) => enode.chargers.actions.get(path.actionId),
  cancelChargerAction: (enode, { path }) => enode.chargers.actions.cancel(path.actionId),
  refreshCharger: (enode, { path }) => enode.chargers.refresh(path.chargerId),

  listHvacs: (enode, { query }) => enode.hvacs.list(query),
  listUserHvacs: (enode, { path, query }) => enode.hvacs.list({ ...path, ...query }),
  getHvac: (enode, { path }) => enode.hvacs.get(path.hvacId),
  setHvacLocation: (enode, { path, body }) => enode.hvacs.setLocation(path.hvacId, body),
  setHvacPermanentHold: (enode, { path, body }) => enode.hvacs.setPermanentHold(path.hvacId, body),
  setHvacFollowSchedule: (enode, { path }) => enode.hvacs.followSchedule(path.hvacId),
  getHvacAction: (enode, { path }) => enode.hvacs.actions.get(path.actionId),
  cancelHvacAction: (enode, { path }) => enode.hvacs.actions.cancel(path.actionId),
  refreshHvac: (enode, { path }) => enode.hvacs.refresh(path.hvacId),

  listInverters: (enode, { query }) => enode.inverters.list(query),
  listUserInverters: (enode, { path, query }) => enode.inverters.list({ ...path, ...query }),
  getInverter: (enode, { path }) => enode.inverters.get(path.inverterId),
  getInverterStatistics: (enode, { path, query }) =>
    enode.inverters.getStatistics(path.inverterId, query),
  refreshInverter: (enode, { path }) => enode.inverters.refresh(path.inverterId),

  listBatteries: (enode, { query }) => enode.batteries.list(query),
  listUserBatteries: (enode, { path, query }) => enode.batteries.list({ ...path, ...query }),
  getBattery: (enode, { path }) => enode.batteries.get(path.batteryId),
  setBatteryOperationMode: (enode, { path, body }) =>
    enode.batteries.setOperationMode(path.batteryId, body),
  getBatteryAction: (enode, { path }) => enode.batteries.actions.get(path.actionId),
  cancelBatteryAction: (enode, { path }) => enode.batteries.actions.cancel(path.actionId),
  refreshBattery: (enode, { path }) => enode.batteries.refresh(path.batteryId),

  listMeters: (enode, { query }) => enode.meters.list(query),
  listUserMeters: (enode, { path, query }) => enode.meters.list({ ...path, ...query }),
  getMeter: (enode, { path }) => enode.meters.get(path.meterId),
  refreshMeter: (enode, { path }) => enode.meters.refresh(path.meterId),

  listHemSystems: (enode, { query }) => enode.hemSystems.list(query),
  listUserHemSystems: (enode, { path, query }) => enode.hemSystems.list({ ...path, ...query }),
  getHemSystem: (enode, { path }) => enode.hemSystems.get(path.hemSystemId),
  getHemSystemStatistics: (enode, { path, query }) =>
    enode.hemSystems.getStatistics(path.hemSystemId, query),

  listLocations: (enode, { query }) => enode.locations.list(query),
  listUserLocations: (enode, { path, query }) => enode.locations.list({ ...path, ...query }),
  createLocation: (enode, { path, body }) => enode.locations.create(path.userId, body),
  getLocation: (enode, { path }) => enode.locations.get(path.locationId),
  updateLocation: (enode, { path, body }) => enode.locations.update(path.locationId, body),
  deleteLocation: (enode, { path }) => enode.locations.delete(path.locationId),
  getLocationTariff: (enode, { path }) => enode.locations.getTariff(path.locationId),
  setLocationTariff: (enode, { path, body }) => enode.locations.setTariff(path.locationId, body),

  listUserSchedules: (enode, { path, query }) => enode.schedules.list(path.userId, query),
  createSchedule: (enode, { path, body }) => enode.schedules.create(path.userId, body),
  getSchedule: (enode, { path }) => enode.schedules.get(path.scheduleId),
  updateSchedule: (enode, { path, body }) => enode.schedules.update(path.scheduleId, body),
  deleteSchedule: (enode, { path }) => enode.schedules.delete(path.scheduleId),
  getScheduleStatus: (enode, { path }) => enode.schedules.getStatus(path.scheduleId),

  getTariff: (enode, { path }) => enode.tariffs.get(path.tariffId),
  setTariff: (enode, { path, body }) => enode.tariffs.set(path.tariffId, body),

  getUserChargingStatistics: (enode, { path, query }) =>
    enode.statistics.charging(path.userId, query),
  listUserChargingSessions: (enode, { path, query }) =>
    enode.statistics.chargingSessions(path.userId, query),

  listInterventions: (enode, { query }) => enode.interventions.list(query),
  getIntervention: (enode, { path, query }) => enode.interventions.get(path.interventionId, query),

  getServiceReadiness: (enode) => enode.service.isReady(),
  listVehicleVendorHealth: (enode) => enode.service.vehicles(),
  listChargerVendorHealth: (enode) => enode.service.chargers(),
  listHvacVendorHealth: (enode) => enode.service.hvacs(),
  listInverterVendorHealth: (enode) => enode.service.inverters(),
  listBatteryVendorHealth: (enode) => enode.service.batteries(),
  listMeterVendorHealth: (enode) => enode.service.meters(),
  listIntegrations: (enode, { query }) => enode.service.integrations(query),

  listWebhooks: (enode, { query }) => enode.webhooks.list(query),
  createWebhook: (enode, { body }) => enode.webhooks.create(body),
  getWebhook: (enode, { path }) => enode.webhooks.get(path.webhookId),
  deleteWebhook: (enode, { path }) => enode.webhooks.delete(path.webhookId),
  updateWebhook: (enode, { path, body }) => enode.webhooks.update(path.webhookId, body),
  testWebhook: (enode, { path }) => enode.webhooks.test(path.webhookId),
};
