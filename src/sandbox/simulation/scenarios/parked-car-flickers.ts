import type { VehicleChargeState } from "../../../../generated/types.ts";
import type { Random } from "../../shared/random.ts";
import type { SimulatedVehicle } from "../devices/vehicle.ts";
import type { TimedProcess } from "../world/process-scheduler.ts";
import { type Begin, covers, type ScenarioContext } from "./scenario.ts";

const MINUTE = 60_000;

/** A parked car that now and then reports what is not so, for a minute or two. */
class FlickeringCar implements TimedProcess {
  readonly #context: ScenarioContext;
  #car: SimulatedVehicle | undefined;
  #nextAt: number;

  constructor(context: ScenarioContext) {
    this.#context = context;
    this.#nextAt = context.now + this.#pause(5, 15);
  }

  nextEventAt(): number {
    return this.#nextAt;
  }

  run(time: number): void {
    if (this.#car !== undefined) {
      this.restore(time);
      this.#nextAt = time + this.#pause(5, 15);
      return;
    }
    const { world, scope, random } = this.#context;
    const cars = world.lists.of("vehicle").all();
    // The oldest that fits, so that the same car flickers each time.
    this.#car = cars.findLast((car) => covers(scope, car) && car.isAtRest());
    this.#car?.misread(wrongReading(this.#car.wire.chargeState, random), time);
    this.#nextAt = time + this.#pause(1, 2);
  }

  /** Lets the car report the truth again. */
  restore(time: number): void {
    const car = this.#car;
    this.#car = undefined;
    // It may have been removed meanwhile.
    if (car !== undefined && this.#context.world.devices.has(car.wire.id)) car.misread(null, time);
  }

  /** A time in whole seconds, between so many minutes. */
  #pause(least: number, most: number): number {
    return this.#context.random.integer(least * 60, most * 60) * (MINUTE / 60);
  }
}

/** What a car at rest reports by mistake: integrators have met each of these. */
function wrongReading(
  { isPluggedIn, isFullyCharged }: VehicleChargeState,
  random: Random,
): Partial<VehicleChargeState> {
  const readings: Partial<VehicleChargeState>[] = [
    { isFullyCharged: isFullyCharged !== true },
    isPluggedIn === true
      ? { isPluggedIn: false, powerDeliveryState: "UNPLUGGED" }
      : { isPluggedIn: true, powerDeliveryState: "PLUGGED_IN:STOPPED" },
    // With no rate: it does not charge.
    { isPluggedIn: true, isCharging: true, powerDeliveryState: "PLUGGED_IN:CHARGING" },
  ];
  return readings[random.integer(0, readings.length - 1)] ?? {};
}

export const beginParkedCarFlickers: Begin = (context) => {
  const process = new FlickeringCar(context);
  return { process, end: (now) => process.restore(now) };
};
