import { strictChargerUpdate, strictHvacUpdate } from "../../../../generated/request-schemas.ts";
import { checkBody } from "../../http/body-validation.ts";
import type { Handler, Handlers } from "../../http/handler.ts";
import { pageOf } from "../../http/pagination.ts";
import { json, noContent, ok } from "../../http/responses.ts";
import type { OrderedList } from "../../shared/ordered-list.ts";
import type { DeviceKind } from "../../simulation/devices/catalogue.ts";
import type { Device } from "../../simulation/devices/device.ts";
import type { Kind } from "../../simulation/devices/registry.ts";
import type { World } from "../../simulation/world/world.ts";
import type { LocationRepository } from "../locations/location-repository.ts";
import {
  chargingCommandIn,
  maxCurrentIn,
  operationModeIn,
  permanentHoldIn,
} from "./command-input.ts";
import { findAction, findDevice } from "./find-device.ts";
import { requestAction } from "./request-action.ts";

type Chargeable = "Vehicle" | "Charger";
type Controllable = Chargeable | "Hvac" | "Battery";
type Readable = Controllable | "Inverter" | "Meter";
type Plural =
  | "Vehicles"
  | "Chargers"
  | "Hvacs"
  | "Inverters"
  | "Batteries"
  | "Meters"
  | "HemSystems";
type DeviceOperation =
  | `${"list" | "listUser"}${Plural}`
  | `get${Readable | "HemSystem"}`
  | `refresh${Readable}`
  | `${"get" | "cancel"}${Controllable}Action`
  | `control${Chargeable}Charging`
  | `set${Chargeable}MaxCurrent`
  | "updateCharger"
  | "setHvacLocation"
  | "setHvacPermanentHold"
  | "setHvacFollowSchedule"
  | "setBatteryOperationMode";

/** The operations on devices, their actions, and HEM systems. */
export function deviceHandlers(
  world: World,
  locations: LocationRepository,
): Handlers<DeviceOperation> {
  const list =
    (kind: Kind): Handler =>
    ({ query, now }) =>
      answerPage(world.lists.of(kind), query, now);

  const listOfUser =
    (kind: Kind): Handler =>
    (request) =>
      answerPage(world.listsOf(request.parameter("userId")).of(kind), request.query, request.now);

  const get =
    (kind: Kind): Handler =>
    (request) => {
      const device = findDevice(world, request, kind);
      device.advanceTo(request.now);
      return ok(device.wire);
    };

  const refresh =
    (kind: DeviceKind): Handler =>
    (request) => {
      findDevice(world, request, kind).refresh(request.now);
      return noContent();
    };

  const getAction =
    (kind: DeviceKind): Handler =>
    (request) =>
      ok(findAction(world, request, kind).record.wire);

  const cancelAction =
    (kind: DeviceKind): Handler =>
    (request) => {
      const { record, device } = findAction(world, request, kind);
      if (device.pending !== record) return json(409, record.wire);
      device.cancelPending(request.now, "REQUESTED_CANCELLATION");
      return ok(record.wire);
    };

  const charge =
    (kind: "vehicle" | "charger", read: typeof chargingCommandIn): Handler =>
    async (request) => {
      const command = read(await request.body());
      const device = findDevice(world, request, kind);
      return ok(
        requestAction(world, { device, permission: "control:charging", command }, request.now),
      );
    };

  /** Assigns a device that does not know its position to a location. */
  const assignLocation =
    (kind: "charger" | "hvac"): Handler =>
    async (request) => {
      const schema = kind === "charger" ? strictChargerUpdate : strictHvacUpdate;
      const { locationId } = checkBody(await request.body(), schema);
      const device = findDevice(world, request, kind);
      locations.checkAssignable(locationId, device.wire.userId);
      device.advanceTo(request.now);
      device.place(locationId, request.now);
      return ok(device.wire);
    };

  return {
    listVehicles: list("vehicle"),
    listUserVehicles: listOfUser("vehicle"),
    getVehicle: get("vehicle"),
    controlVehicleCharging: charge("vehicle", chargingCommandIn),
    setVehicleMaxCurrent: charge("vehicle", maxCurrentIn),
    getVehicleAction: getAction("vehicle"),
    cancelVehicleAction: cancelAction("vehicle"),
    refreshVehicle: refresh("vehicle"),
    listChargers: list("charger"),
    listUserChargers: listOfUser("charger"),
    getCharger: get("charger"),
    updateCharger: assignLocation("charger"),
    controlChargerCharging: charge("charger", chargingCommandIn),
    setChargerMaxCurrent: charge("charger", maxCurrentIn),
    getChargerAction: getAction("charger"),
    cancelChargerAction: cancelAction("charger"),
    refreshCharger: refresh("charger"),
    listHvacs: list("hvac"),
    listUserHvacs: listOfUser("hvac"),
    getHvac: get("hvac"),
    setHvacLocation: assignLocation("hvac"),
    async setHvacPermanentHold(request) {
      const command = permanentHoldIn(await request.body());
      const device = findDevice(world, request, "hvac");
      return ok(requestAction(world, { device, permission: "control:mode", command }, request.now));
    },
    setHvacFollowSchedule(request) {
      const command = { target: { holdType: "SCHEDULED" } } as const;
      const device = findDevice(world, request, "hvac");
      return ok(requestAction(world, { device, permission: "control:mode", command }, request.now));
    },
    getHvacAction: getAction("hvac"),
    cancelHvacAction: cancelAction("hvac"),
    refreshHvac: refresh("hvac"),
    listInverters: list("inverter"),
    listUserInverters: listOfUser("inverter"),
    getInverter: get("inverter"),
    refreshInverter: refresh("inverter"),
    listBatteries: list("battery"),
    listUserBatteries: listOfUser("battery"),
    getBattery: get("battery"),
    async setBatteryOperationMode(request) {
      const command = operationModeIn(await request.body());
      const device = findDevice(world, request, "battery");
      return ok(
        requestAction(
          world,
          { device, permission: "control:operation_mode", command },
          request.now,
        ),
      );
    },
    getBatteryAction: getAction("battery"),
    cancelBatteryAction: cancelAction("battery"),
    refreshBattery: refresh("battery"),
    listMeters: list("meter"),
    listUserMeters: listOfUser("meter"),
    getMeter: get("meter"),
    refreshMeter: refresh("meter"),
    listHemSystems: list("hemSystem"),
    listUserHemSystems: listOfUser("hemSystem"),
    getHemSystem: get("hemSystem"),
  };
}

function answerPage(list: OrderedList<Device>, query: URLSearchParams, now: number): Response {
  const { data, pagination } = pageOf(list, query);
  for (const device of data) device.advanceTo(now);
  return ok({ data: data.map(({ wire }) => wire), pagination });
}
