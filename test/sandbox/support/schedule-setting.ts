import { expect } from "vitest";
import type { SandboxOptions } from "../../../src/sandbox/index.ts";
import { type Answer, createHarness, type Harness } from "./harness.ts";

export const HOUR = 3_600_000;
export const DAY: number = 24 * HOUR;
export const NOWHERE = "3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99";

/** The manual clock starts on Monday, 2025-01-06, at 08:00 UTC. */
export const START: number = Date.UTC(2025, 0, 6, 8);

export const NIGHT = { shouldCharge: true, hourMinute: { from: "22:00", to: "06:00" } };

export interface Setting extends Harness {
  readonly vehicleId: string;
  readonly chargerId: string;
}

/** Two users; the first has a vehicle that charges for hours, and a charger. */
export async function setting(options: SandboxOptions = {}): Promise<Setting> {
  const vehicle = { vendor: "TESLA", batteryLevel: 20, batteryCapacity: 100 } as const;
  const fleet = [
    { id: "anna", vehicles: [vehicle], chargers: [{}] },
    { id: "ben", vehicles: [{}] },
  ];
  const harness = createHarness({ fleet, ...options });
  const idOf = async (path: string) => (await harness.call("GET", path)).body.data[0].id;
  const vehicleId = await idOf("/users/anna/vehicles");
  const chargerId = await idOf("/users/anna/chargers");
  return { ...harness, vehicleId, chargerId };
}

/** A schedule for the vehicle of anna, which charges by night. */
export function forVehicle({ vehicleId }: Setting, change: object = {}): object {
  return {
    targetId: vehicleId,
    targetType: "vehicle",
    locationId: null,
    isEnabled: true,
    defaultShouldCharge: false,
    rules: [NIGHT],
    ...change,
  };
}

export async function create({ call }: Setting, body: object): Promise<Answer["body"]> {
  const { status, body: schedule } = await call("POST", "/users/anna/schedules", body);
  expect(status).toBe(200);
  return schedule;
}

export async function statusOf({ call }: Setting, id: string): Promise<Answer["body"]> {
  const { status, body } = await call("GET", `/schedules/${id}/status`);
  expect(status).toBe(200);
  return body;
}

export function at(time: number): string {
  return new Date(time).toISOString();
}

/** Whether the vehicle of anna charges. */
export function isCharging({ sandbox, vehicleId }: Setting): boolean {
  const device = sandbox.devices.get(vehicleId);
  return device !== undefined && "chargeState" in device && isTrue(device.chargeState);
}

const isTrue = (state: object) => Reflect.get(state, "isCharging") === true;

/** Moves the clock to so many hours after its start. */
export function goTo({ sandbox }: Setting, hours: number): void {
  sandbox.clock.advance(START + hours * HOUR - sandbox.clock.now().getTime());
}
