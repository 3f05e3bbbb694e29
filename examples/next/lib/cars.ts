import type { Vehicle } from "enode-sdk";
import { backend } from "./enode";

/** What the app shows of a car. */
export interface Car {
  readonly id: string;
  readonly name: string;
  readonly batteryLevel: number | null;
  readonly isCharging: boolean | null;
}

/** The cars of a user, as webhooks have told of them: costs no call. */
export async function carsOf(hostUserId: string): Promise<Car[]> {
  const { enode, mirror } = backend();
  const cars: Car[] = [];
  const userId = await enode.users.resolve(hostUserId);
  // Who never linked has no devices, and no ID at Enode either.
  if (userId === undefined) return cars;
  for await (const device of mirror.devices.list({ userId, kind: "vehicle" })) {
    if (device.kind === "vehicle" && !device.partial) cars.push(toCar(device.data));
  }
  return cars;
}

function toCar({ id, information, chargeState }: Vehicle): Car {
  return {
    id,
    name: information.displayName ?? `${information.brand} ${information.model}`,
    batteryLevel: chargeState.batteryLevel,
    isCharging: chargeState.isCharging,
  };
}
