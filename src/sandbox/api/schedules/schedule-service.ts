import type { Schedule, ScheduleCreate, ScheduleUpdate } from "../../../../generated/types.ts";
import { invalid } from "../../http/body-validation.ts";
import { type PageOf, pageOf } from "../../http/pagination.ts";
import { notFound } from "../../http/problems.ts";
import { type Numbered, OrderedList } from "../../shared/ordered-list.ts";
import type { Random } from "../../shared/random.ts";
import type { TimeZone } from "../../shared/time/time-zone.ts";
import type { AnyDevice } from "../../simulation/devices/registry.ts";
import type { SimulatedVehicle } from "../../simulation/devices/vehicle.ts";
import type { World } from "../../simulation/world/world.ts";
import type { LocationRepository } from "../locations/location-repository.ts";
import { chargeStrategy } from "./charge-strategy.ts";
import { RunningSchedule, type ScheduleContext } from "./running-schedule.ts";
import type { OverrideOf, ScheduleStrategy } from "./strategy.ts";
import { temperatureStrategy } from "./temperature-strategy.ts";

/** The part of smart charging that schedules use. */
export interface SmartChargingPort {
  readonly overrideOf: OverrideOf;
  /** Ends smart charging of a vehicle. */
  switchOff(vehicle: SimulatedVehicle): void;
}

/** The dependencies of schedules. */
export interface ScheduleParts {
  readonly world: World;
  readonly random: Random;
  readonly locations: LocationRepository;
  readonly smartCharging: SmartChargingPort;
}

/** A schedule, and its place in the list of its user. */
export interface SavedSchedule extends Numbered {
  readonly userId: string;
  readonly wire: Schedule;
}

/** The schedules of all users. Decides which schedule controls a device. */
export class ScheduleService implements ScheduleContext {
  readonly world: World;
  readonly #locations: LocationRepository;
  readonly #random: Random;
  readonly #smartCharging: SmartChargingPort;
  readonly #byId = new Map<string, RunningSchedule>();
  readonly #byDevice = new Map<string, Set<RunningSchedule>>();
  readonly #byUser = new Map<string, OrderedList<RunningSchedule>>();
  #lastNumber = 0;
  #version = 0;

  constructor({ world, random, locations, smartCharging }: ScheduleParts) {
    this.world = world;
    this.#smartCharging = smartCharging;
    this.#locations = locations;
    this.#random = random;
    world.controllers.push((device) =>
      this.#of(device.wire.id).some((schedule) => this.#isInControl(schedule))
        ? "A schedule controls this device: disable it, or override it"
        : null,
    );
    world.onDeviceRemoved.push(({ wire }) => {
      for (const schedule of this.#of(wire.id)) this.remove(schedule);
      this.#byDevice.delete(wire.id);
    });
    world.onUserRemoved.push(({ id }) => this.#byUser.delete(id));
  }

  get version(): number {
    return this.#version;
  }

  /** Call it after a change that may decide which schedule controls a device. */
  touch(): void {
    this.#version += 1;
  }

  /** A schedule; throws a 404 when there is none. */
  require(id: string): RunningSchedule {
    const schedule = this.#byId.get(id);
    if (schedule === undefined) throw notFound(`There is no schedule with the ID ${id}`);
    return schedule;
  }

  page(userId: string, query: URLSearchParams): PageOf<Schedule> {
    const list = this.#byUser.get(userId) ?? new OrderedList<RunningSchedule>("schedules");
    const { data, pagination } = pageOf(list, query);
    return { data: data.map(({ wire }) => wire), pagination };
  }

  create(userId: string, input: ScheduleCreate): Schedule {
    const wire = { id: this.#random.uuid(), ...input };
    this.restore({ number: this.#lastNumber + 1, userId, wire });
    return wire;
  }

  /** All schedules, oldest first. */
  get saved(): SavedSchedule[] {
    return Array.from(this.#byId.values(), ({ number, userId, wire }) => ({
      number,
      userId,
      wire,
    }));
  }

  /** Adds a schedule, which another sandbox may have had; call it in the order of the numbers. */
  restore({ number, userId, wire }: SavedSchedule): void {
    this.#check(wire, userId);
    this.#lastNumber = number;
    const schedule = new RunningSchedule(number, userId, wire, this);
    this.#byId.set(wire.id, schedule);
    const list = this.#byUser.get(userId) ?? new OrderedList("schedules");
    list.add(schedule);
    this.#byUser.set(userId, list);
    this.#assign(schedule);
    this.#takeOver(schedule);
    this.world.scheduler.add(schedule);
    schedule.run(this.world.now());
  }

  update(schedule: RunningSchedule, changes: ScheduleUpdate): Schedule {
    // The changes were validated for the kind of this schedule.
    const wire = { ...schedule.wire, ...changes } as Schedule;
    this.#check(wire, schedule.userId);
    this.#byDevice.get(schedule.wire.targetId)?.delete(schedule);
    schedule.change(wire);
    this.#assign(schedule);
    this.#takeOver(schedule);
    schedule.run(this.world.now());
    return wire;
  }

  remove(schedule: RunningSchedule): void {
    this.touch();
    this.world.scheduler.remove(schedule);
    this.#byId.delete(schedule.wire.id);
    this.#byDevice.get(schedule.wire.targetId)?.delete(schedule);
    this.#byUser.get(schedule.userId)?.remove(schedule);
  }

  zoneOf(schedule: Schedule, { wire }: AnyDevice): TimeZone {
    const bound = "locationId" in schedule ? schedule.locationId : null;
    return this.#locations.zoneOf(bound ?? ("location" in wire ? wire.location.id : null));
  }

  strategyFor(schedule: Schedule, zone: TimeZone): ScheduleStrategy {
    return "defaultShouldCharge" in schedule
      ? chargeStrategy(schedule, zone, this.#smartCharging.overrideOf)
      : temperatureStrategy(schedule, zone);
  }

  isOverridden(schedule: RunningSchedule): boolean {
    const { device } = schedule;
    if (this.#smartCharging.overrideOf(device) !== null) return true;
    if (device.kind === "vehicle" && device.wire.smartChargingPolicy.isEnabled) return true;
    return this.#of(device.wire.id).some(
      (other) => other.number > schedule.number && other.restsBecause() === null,
    );
  }

  #isInControl(schedule: RunningSchedule): boolean {
    return schedule.restsBecause() === null && !this.isOverridden(schedule);
  }

  #of(deviceId: string): RunningSchedule[] {
    return [...(this.#byDevice.get(deviceId) ?? [])];
  }

  #assign(schedule: RunningSchedule): void {
    const { targetId } = schedule.wire;
    const known = this.#byDevice.get(targetId) ?? new Set();
    this.#byDevice.set(targetId, known.add(schedule));
    this.touch();
  }

  /** Ends smart charging: a schedule and a plan cannot both control a vehicle. */
  #takeOver({ wire, device }: RunningSchedule): void {
    if (!wire.isEnabled || device.kind !== "vehicle") return;
    if (device.wire.smartChargingPolicy.isEnabled) this.#smartCharging.switchOff(device);
  }

  #check(schedule: Schedule, userId: string): void {
    const device = this.world.devices.get(schedule.targetId);
    if (device?.kind !== schedule.targetType || device.wire.userId !== userId) {
      throw invalid("targetId", `must be the ID of a ${schedule.targetType} of the user`);
    }
    if ("locationId" in schedule) this.#locations.checkAssignable(schedule.locationId, userId);
  }
}
