import type { ScheduleCreate, UserScope } from "../../../src/index.ts";
import { sampledOperations } from "../../contract/support/inputs.ts";

/** A method of a scope that takes the ID of something, by the operation that it is about. */
type AboutThing = (scope: UserScope, id: string) => PromiseLike<unknown>;

/** The example that the description has for the body of an operation; it fits by construction. */
function body<T>(operation: string, change: Partial<T> = {}): T {
  const sampled = sampledOperations.find(({ id }) => id === operation);
  return { ...sampled?.inputs[0]?.body, ...change } as T;
}

/** A body with nothing in it that belongs to anybody. */
const unbound = { locationId: null };

/** Reads: the owner is checked in the answer, and nothing else is sent. */
export const reads: Readonly<Record<string, AboutThing>> = {
  "vehicles.get": (scope, id) => scope.vehicles.get(id),
  "vehicles.actions.get": (scope, id) => scope.vehicles.actions.get(id),
  "chargers.get": (scope, id) => scope.chargers.get(id),
  "chargers.actions.get": (scope, id) => scope.chargers.actions.get(id),
  "hvacs.get": (scope, id) => scope.hvacs.get(id),
  "hvacs.actions.get": (scope, id) => scope.hvacs.actions.get(id),
  "inverters.get": (scope, id) => scope.inverters.get(id),
  "batteries.get": (scope, id) => scope.batteries.get(id),
  "batteries.actions.get": (scope, id) => scope.batteries.actions.get(id),
  "meters.get": (scope, id) => scope.meters.get(id),
  "hemSystems.get": (scope, id) => scope.hemSystems.get(id),
  "locations.get": (scope, id) => scope.locations.get(id),
  "schedules.get": (scope, id) => scope.schedules.get(id),
};

/** All else that names a resource: the resource is read before. */
export const others: Readonly<Record<string, AboutThing>> = {
  "vehicles.startCharging": (scope, id) => scope.vehicles.startCharging(id),
  "vehicles.stopCharging": (scope, id) => scope.vehicles.stopCharging(id),
  "vehicles.setMaxCurrent": (scope, id) =>
    scope.vehicles.setMaxCurrent(id, body("setVehicleMaxCurrent")),
  "vehicles.refresh": (scope, id) => scope.vehicles.refresh(id),
  "vehicles.actions.cancel": (scope, id) => scope.vehicles.actions.cancel(id),
  "vehicles.smartCharging.getPolicy": (scope, id) => scope.vehicles.smartCharging.getPolicy(id),
  "vehicles.smartCharging.updatePolicy": (scope, id) =>
    scope.vehicles.smartCharging.updatePolicy(id, body("updateVehicleSmartChargingPolicy")),
  "vehicles.smartCharging.getStatus": (scope, id) => scope.vehicles.smartCharging.getStatus(id),
  "vehicles.smartCharging.getPlan": (scope, id) =>
    scope.vehicles.smartCharging.getPlan(id, "plan-1"),
  "vehicles.smartCharging.createOverride": (scope, id) =>
    scope.vehicles.smartCharging.createOverride(id),
  "vehicles.smartCharging.endOverride": (scope, id) => scope.vehicles.smartCharging.endOverride(id),
  "chargers.setLocation": (scope, id) => scope.chargers.setLocation(id, unbound),
  "chargers.startCharging": (scope, id) => scope.chargers.startCharging(id),
  "chargers.stopCharging": (scope, id) => scope.chargers.stopCharging(id),
  "chargers.setMaxCurrent": (scope, id) =>
    scope.chargers.setMaxCurrent(id, body("setChargerMaxCurrent")),
  "chargers.refresh": (scope, id) => scope.chargers.refresh(id),
  "chargers.actions.cancel": (scope, id) => scope.chargers.actions.cancel(id),
  "hvacs.setLocation": (scope, id) => scope.hvacs.setLocation(id, unbound),
  "hvacs.setPermanentHold": (scope, id) =>
    scope.hvacs.setPermanentHold(id, body("setHvacPermanentHold")),
  "hvacs.followSchedule": (scope, id) => scope.hvacs.followSchedule(id),
  "hvacs.refresh": (scope, id) => scope.hvacs.refresh(id),
  "hvacs.actions.cancel": (scope, id) => scope.hvacs.actions.cancel(id),
  "inverters.getStatistics": (scope, id) =>
    scope.inverters.getStatistics(id, { year: 2026, month: 3 }),
  "inverters.refresh": (scope, id) => scope.inverters.refresh(id),
  "batteries.setOperationMode": (scope, id) =>
    scope.batteries.setOperationMode(id, body("setBatteryOperationMode")),
  "batteries.refresh": (scope, id) => scope.batteries.refresh(id),
  "batteries.actions.cancel": (scope, id) => scope.batteries.actions.cancel(id),
  "meters.refresh": (scope, id) => scope.meters.refresh(id),
  "hemSystems.getStatistics": (scope, id) =>
    scope.hemSystems.getStatistics(id, { interval: "2026-03" }),
  "locations.update": (scope, id) => scope.locations.update(id, body("updateLocation")),
  "locations.delete": (scope, id) => scope.locations.delete(id),
  "locations.getTariff": (scope, id) => scope.locations.getTariff(id),
  "locations.setTariff": (scope, id) => scope.locations.setTariff(id, body("setLocationTariff")),
  "schedules.update": (scope, id) => scope.schedules.update(id, { isEnabled: false }),
  "schedules.delete": (scope, id) => scope.schedules.delete(id),
  "schedules.getStatus": (scope, id) => scope.schedules.getStatus(id),
};

/** What names a resource in a body or query: the ID is that of this resource. */
export const naming: Readonly<Record<string, AboutThing>> = {
  "chargers.setLocation": (scope, locationId) =>
    scope.chargers.setLocation("mine-charger", { locationId }),
  "hvacs.setLocation": (scope, locationId) => scope.hvacs.setLocation("mine-hvac", { locationId }),
  "schedules.create for a vehicle": (scope, targetId) =>
    scope.schedules.create(schedule({ targetId, targetType: "vehicle" })),
  "schedules.create for a charger": (scope, targetId) =>
    scope.schedules.create(schedule({ targetId, targetType: "charger" })),
  "schedules.create for an HVAC unit": (scope, targetId) =>
    scope.schedules.create(schedule({ targetId, targetType: "hvac" })),
  "schedules.create at a location": (scope, locationId) =>
    scope.schedules.create(schedule({ locationId })),
  "schedules.update to another target": (scope, targetId) =>
    scope.schedules.update("mine-schedule", { targetId, targetType: "vehicle" }),
  "schedules.update to another location": (scope, locationId) =>
    scope.schedules.update("mine-schedule", { locationId }),
  "statistics.charging of a vehicle": (scope, id) =>
    scope.statistics.charging({ type: "vehicle", id, startDate: "2026-03-01T00:00:00.000Z" }),
  "statistics.charging at a location": (scope, locationId) =>
    scope.statistics.charging({ type: "hvac", locationId, startDate: "2026-03-01T00:00:00.000Z" }),
  "statistics.chargingSessions of a charger": (scope, id) =>
    scope.statistics.chargingSessions({
      type: "charger",
      id,
      startDate: "2026-03-01T00:00:00.000Z",
    }),
  "statistics.chargingSessions at a location": (scope, locationId) =>
    scope.statistics.chargingSessions({
      type: "charger",
      locationId,
      startDate: "2026-03-01T00:00:00.000Z",
    }),
};

function schedule(change: object): ScheduleCreate {
  const own = { targetId: "mine-vehicle", targetType: "vehicle", ...unbound };
  return body<ScheduleCreate>("createSchedule", { ...own, ...change });
}

/** What names nothing beside the user. */
export const ofUser: Readonly<Record<string, (scope: UserScope) => PromiseLike<unknown>>> = {
  get: (scope) => scope.get(),
  link: (scope) => scope.link(body("createLinkSession")),
  delete: (scope) => scope.delete(),
  deauthorize: (scope) => scope.deauthorize(),
  disconnectVendor: (scope) => scope.disconnectVendor("TESLA", "vehicle"),
  "locations.create": (scope) => scope.locations.create(body("createLocation")),
  "schedules.create": (scope) => scope.schedules.create(schedule({})),
  "statistics.charging": (scope) =>
    scope.statistics.charging({ type: "vehicle", startDate: "2026-03-01T00:00:00.000Z" }),
  "statistics.chargingSessions": (scope) =>
    scope.statistics.chargingSessions({ type: "vehicle", startDate: "2026-03-01T00:00:00.000Z" }),
};

export const lists = [
  "vehicles",
  "chargers",
  "hvacs",
  "inverters",
  "batteries",
  "meters",
  "hemSystems",
  "locations",
] as const;
