import type { OperationId } from "../../../generated/operations.ts";
import type { Operations } from "../../../generated/types.ts";
import type { Enode, OperationInput } from "../../../src/index.ts";
import type { Sandbox, SandboxOptions } from "../../../src/sandbox/index.ts";
import { ALL_SCOPES } from "../../support/scopes.ts";
import { methods } from "./methods.ts";

/** The options with which a sandbox has what `callEveryOperation()` needs. */
export const TOUR_OPTIONS: SandboxOptions = {
  seed: 11,
  clock: "manual",
  heartbeatInterval: Number.POSITIVE_INFINITY,
  deliver: async () => new Response("ok"),
};

const userId = "household 4711/ü";
const HOUR = 3_600_000;
/** Stands for an ID that an earlier call has not brought. */
const MISSING = "3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99";

/** The accounts that the user links: together they bring every kind of device. */
const VENDORS = ["TESLA", "EASEE", "ADAX", "ENPHASE"] as const;

const look = { language: "en-GB", redirectUri: "https://app.example.com/done" } as const;

/**
 * Calls every operation once or more through the methods of the client, in an order in which each of them succeeds.
 *
 * @param sandbox Made with `TOUR_OPTIONS`; nobody has used it yet.
 * @param enode A client of that sandbox.
 * @returns The operations that were called, and with what error for those that failed.
 */
export async function callEveryOperation(
  sandbox: Sandbox,
  enode: Enode,
): Promise<Map<OperationId, unknown>> {
  const outcomes = new Map<OperationId, unknown>();

  async function call<Id extends OperationId>(
    id: Id,
    input: Partial<OperationInput<Id>>,
  ): Promise<Operations[Id]["result"] | undefined> {
    // Every method takes no more than the parts that its operation has.
    const whole = { path: {}, query: {}, body: undefined, ...input } as never;
    try {
      const result = await methods[id](enode, whole);
      if (!outcomes.has(id)) outcomes.set(id, undefined);
      // What the client gives is what the description says, which the caller checks.
      return result as Operations[Id]["result"];
    } catch (error) {
      outcomes.set(id, error);
      return undefined;
    }
  }
  const idOf = (thing: { readonly id?: unknown } | undefined) => String(thing?.id ?? MISSING);
  const later = (milliseconds: number) => sandbox.clock.advance(milliseconds);
  const user = { path: { userId } };

  await call("getServiceReadiness", {});
  await call("listVehicleVendorHealth", {});
  await call("listChargerVendorHealth", {});
  await call("listHvacVendorHealth", {});
  await call("listInverterVendorHealth", {});
  await call("listBatteryVendorHealth", {});
  await call("listMeterVendorHealth", {});
  await call("listIntegrations", {});
  const interventions = await call("listInterventions", {});
  await call("getIntervention", { path: { interventionId: idOf(interventions?.[0]) } });

  const webhook = await call("createWebhook", {
    body: { url: "https://hooks.example.com/enode", secret: "a-secret-of-the-tests" },
  });
  const hook = { path: { webhookId: idOf(webhook) } };
  await call("getWebhook", hook);
  await call("updateWebhook", { ...hook, body: { url: "https://hooks.example.com/new" } });
  await call("listWebhooks", { query: { pageSize: 5 } });
  await call("testWebhook", hook);

  for (const vendor of VENDORS) {
    const session = await call("createLinkSession", {
      ...user,
      body: { ...look, vendor, scopes: [...ALL_SCOPES] },
    });
    await sandbox.completeLink(session?.linkToken ?? "", { vendor });
  }
  await call("listUsers", {});
  await call("getUser", user);

  await call("listVehicles", { query: { pageSize: 1 } });
  const vehicles = await call("listUserVehicles", user);
  const vehicle = { path: { vehicleId: idOf(vehicles?.data[0]) } };
  const { vehicleId } = vehicle.path;
  sandbox.devices.update(vehicleId, { isPluggedIn: true, batteryLevel: 20 });
  const parked = await call("getVehicle", vehicle);
  await call("refreshVehicle", vehicle);
  await call("controlVehicleCharging", { ...vehicle, body: { action: "START" } });
  later(10_000);
  await call("controlVehicleCharging", { ...vehicle, body: { action: "STOP" } });
  later(10_000);
  const driving = await call("setVehicleMaxCurrent", { ...vehicle, body: { maxCurrent: 10 } });
  await call("getVehicleAction", { path: { actionId: idOf(driving) } });
  await call("cancelVehicleAction", { path: { actionId: idOf(driving) } });

  await call("listChargers", {});
  const chargers = await call("listUserChargers", user);
  const easee = chargers?.data.find(({ vendor }) => vendor === "EASEE");
  const charger = { path: { chargerId: idOf(easee) } };
  const { chargerId } = charger.path;
  sandbox.devices.update(chargerId, { isPluggedIn: true });
  await call("getCharger", charger);
  await call("refreshCharger", charger);
  await call("controlChargerCharging", { ...charger, body: { action: "START" } });
  later(10_000);
  await call("controlChargerCharging", { ...charger, body: { action: "STOP" } });
  later(10_000);
  const limited = await call("setChargerMaxCurrent", { ...charger, body: { maxCurrent: 10 } });
  await call("getChargerAction", { path: { actionId: idOf(limited) } });
  await call("cancelChargerAction", { path: { actionId: idOf(limited) } });

  // Where the vehicle stands, as smart charging needs it.
  const place = {
    name: "Home",
    latitude: parked?.location.latitude ?? 59.9,
    longitude: parked?.location.longitude ?? 10.7,
    timezoneName: "Europe/Oslo",
  };
  const home = await call("createLocation", { ...user, body: place });
  const location = { path: { locationId: idOf(home) } };
  const { locationId } = location.path;
  await call("getLocation", location);
  await call("updateLocation", { ...location, body: { ...place, name: "Our home" } });
  await call("listLocations", {});
  await call("listUserLocations", user);
  await call("updateCharger", { ...charger, body: { locationId } });

  const tariff = { path: { tariffId: "day-and-night" } };
  await call("setTariff", {
    ...tariff,
    body: [
      { name: "day", cost: "0.30" },
      { name: "night", cost: "0.10" },
    ],
  });
  await call("getTariff", tariff);
  await call("setLocationTariff", {
    ...location,
    body: {
      tariffId: tariff.path.tariffId,
      tariffIntervals: [
        { name: "day", from: "06:00", to: "22:00" },
        { name: "night", from: "00:00", to: "06:00" },
      ],
    },
  });
  await call("getLocationTariff", location);

  const hvacs = await call("listUserHvacs", user);
  const hvac = { path: { hvacId: idOf(hvacs?.data[0]) } };
  await call("listHvacs", {});
  await call("getHvac", hvac);
  await call("refreshHvac", hvac);
  await call("setHvacLocation", { ...hvac, body: { locationId } });
  await call("setHvacFollowSchedule", hvac);
  later(10_000);
  const held = await call("setHvacPermanentHold", {
    ...hvac,
    body: { mode: "HEAT", heatSetpoint: 21 },
  });
  await call("getHvacAction", { path: { actionId: idOf(held) } });
  await call("cancelHvacAction", { path: { actionId: idOf(held) } });

  const batteries = await call("listUserBatteries", user);
  const battery = { path: { batteryId: idOf(batteries?.data[0]) } };
  await call("listBatteries", {});
  await call("getBattery", battery);
  await call("refreshBattery", battery);
  const mode = await call("setBatteryOperationMode", {
    ...battery,
    body: { operationMode: "IMPORT_FOCUS" },
  });
  await call("getBatteryAction", { path: { actionId: idOf(mode) } });
  await call("cancelBatteryAction", { path: { actionId: idOf(mode) } });

  const meters = await call("listUserMeters", user);
  const meter = { path: { meterId: idOf(meters?.data[0]) } };
  await call("listMeters", {});
  await call("getMeter", meter);
  await call("refreshMeter", meter);

  const inverters = await call("listUserInverters", user);
  const inverter = { path: { inverterId: idOf(inverters?.data[0]) } };
  await call("listInverters", {});
  await call("getInverter", inverter);
  await call("refreshInverter", inverter);

  const systems = await call("listUserHemSystems", user);
  const system = { path: { hemSystemId: idOf(systems?.data[0]) } };
  await call("listHemSystems", {});
  await call("getHemSystem", system);

  const schedule = await call("createSchedule", {
    ...user,
    body: {
      targetId: chargerId,
      targetType: "charger",
      locationId,
      isEnabled: true,
      defaultShouldCharge: false,
      rules: [{ shouldCharge: true, hourMinute: { from: "22:00", to: "06:00" } }],
    },
  });
  const plan = { path: { scheduleId: idOf(schedule) } };
  await call("getSchedule", plan);
  await call("getScheduleStatus", plan);
  await call("updateSchedule", {
    ...plan,
    body: { targetId: chargerId, targetType: "charger", isEnabled: false },
  });
  await call("listUserSchedules", user);
  await call("deleteSchedule", plan);

  await call("getVehicleSmartChargingPolicy", vehicle);
  await call("updateVehicleSmartChargingPolicy", {
    ...vehicle,
    body: { isEnabled: true, deadline: "07:00", minimumChargeLimit: 10 },
  });
  // A plan takes two things: that the vehicle would charge now, and that there is time until the deadline.
  sandbox.devices.update(vehicleId, { isPluggedIn: false });
  later(HOUR);
  sandbox.devices.update(vehicleId, { isPluggedIn: true });
  later(HOUR);
  await call("getVehicleSmartChargingStatus", vehicle);
  await call("getVehicleSmartChargingPlan", {
    path: { vehicleId, smartChargingPlanId: "latest" },
  });
  await call("createVehicleSmartOverride", vehicle);
  later(HOUR);
  await call("endVehicleSmartOverride", vehicle);
  later(20 * HOUR);

  const now = sandbox.clock.now();
  const startDate = new Date(now.getTime() - 24 * HOUR).toISOString();
  const times = { startDate, endDate: now.toISOString() };
  await call("getUserChargingStatistics", {
    ...user,
    query: { type: "vehicle", resolution: "HOUR", ...times },
  });
  await call("listUserChargingSessions", { ...user, query: { type: "vehicle", ...times } });
  const [year = "", month = "", day = ""] = startDate.slice(0, 10).split("-");
  await call("getInverterStatistics", {
    ...inverter,
    query: { year: Number(year), month: Number(month), day: Number(day) },
  });
  await call("getHemSystemStatistics", {
    ...system,
    query: { interval: `${year}-${month}-${day}` },
  });

  sandbox.invalidateCredentials(userId, "EASEE");
  await call("relinkAsset", { path: { assetId: chargerId }, body: look });
  await call("deleteLocation", location);
  await call("disconnectVendorType", { path: { userId, vendor: "TESLA", vendorType: "vehicle" } });
  await call("disconnectVendor", { path: { userId, vendor: "EASEE" } });
  await call("deauthorizeUser", user);
  await call("deleteUser", user);
  await call("deleteWebhook", hook);
  return outcomes;
}

/** In a line each, the operations that failed, or were not called at all. */
export function failuresIn(outcomes: ReadonlyMap<OperationId, unknown>): string[] {
  // The keys are exactly the operations, which the compiler holds.
  const all = Object.keys(methods) as OperationId[];
  return all.flatMap((id) => {
    if (!outcomes.has(id)) return [`${id}: was not called`];
    const error = outcomes.get(id);
    return error === undefined ? [] : [`${id}: ${String(error)}`];
  });
}
