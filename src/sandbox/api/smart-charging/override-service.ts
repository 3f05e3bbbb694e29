import type { SmartOverride } from "../../../../generated/types.ts";
import { badRequest, notFound } from "../../http/problems.ts";
import type { ActionRecord } from "../../simulation/actions.ts";
import type { AnyDevice } from "../../simulation/devices/registry.ts";
import type { SimulatedVehicle } from "../../simulation/devices/vehicle.ts";
import { issueCommand } from "../../simulation/world/issue-command.ts";
import type { TimedProcess } from "../../simulation/world/process-scheduler.ts";
import type { World } from "../../simulation/world/world.ts";

interface Override {
  readonly vehicle: SimulatedVehicle;
  readonly wire: SmartOverride;
  /** The action that started the charging; null when the vehicle was charging before. */
  readonly action: ActionRecord | null;
}

/** Overrides: vehicles that users charge now, against their plan or schedule. */
export class OverrideService implements TimedProcess {
  readonly #world: World;
  readonly #active = new Map<AnyDevice, Override>();
  /** Called after an override has begun or ended. */
  readonly onChanged: ((vehicle: SimulatedVehicle, at: number) => void)[] = [];

  constructor(world: World) {
    this.#world = world;
    world.scheduler.add(this);
    world.onDeviceRemoved.push((device) => this.#active.delete(device));
  }

  /** The override of a vehicle that is in effect, or null. */
  of(device: AnyDevice): Readonly<SmartOverride> | null {
    return this.#active.get(device)?.wire ?? null;
  }

  /** Overrides a vehicle, which then charges; an override in effect goes on. Call it after `vehicle.advanceTo(now)`. */
  begin(vehicle: SimulatedVehicle, now: number): SmartOverride {
    const known = this.#active.get(vehicle);
    if (known !== undefined) return known.wire;
    const isCharging = vehicle.power() > 0 && vehicle.pending === null;
    const refusal = isCharging ? null : vehicle.rejectionReason({ kind: "START" });
    if (refusal !== null) throw badRequest(refusal);
    const order = { aim: { kind: "START" }, by: "Override" } as const;
    const action = isCharging ? null : issueCommand(this.#world, vehicle, order, now);
    const { id, userId, vendor } = vehicle.wire;
    const wire: SmartOverride = {
      userId,
      vendor,
      createdAt: new Date(now).toISOString(),
      endedAt: null,
      targetType: vehicle.kind,
      targetId: id,
      vendorActionId: action?.wire.id ?? null,
    };
    this.#active.set(vehicle, { vehicle, wire, action });
    this.#notify(vehicle, now);
    return wire;
  }

  /** Ends an override; throws a 404 when there is none. */
  end(vehicle: SimulatedVehicle, now: number): SmartOverride {
    const override = this.#active.get(vehicle);
    if (override === undefined) throw notFound("Nothing overrides smart control of this vehicle");
    this.#end(override, now);
    return override.wire;
  }

  nextEventAt(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const override of this.#active.values()) {
      earliest = Math.min(earliest, this.#nextTimeOf(override));
    }
    return earliest;
  }

  run(time: number): void {
    for (const override of [...this.#active.values()]) {
      if (this.#nextTimeOf(override) > time) continue;
      override.vehicle.advanceTo(time);
      if (this.#isOver(override)) this.#end(override, time);
    }
  }

  #nextTimeOf(override: Override): number {
    const { vehicle } = override;
    return this.#isOver(override) ? vehicle.settledAt : vehicle.nextPowerChangeAt();
  }

  /** An override lasts until charging stops for any reason. */
  #isOver({ vehicle, action }: Override): boolean {
    return vehicle.power() <= 0 && (action === null || vehicle.pending !== action);
  }

  #end({ vehicle, wire }: Override, at: number): void {
    wire.endedAt = new Date(at).toISOString();
    this.#active.delete(vehicle);
    this.#notify(vehicle, at);
  }

  #notify(vehicle: SimulatedVehicle, at: number): void {
    for (const notify of this.onChanged) notify(vehicle, at);
  }
}
