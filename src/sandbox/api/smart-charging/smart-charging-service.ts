import type {
  SmartChargingConsideration,
  SmartChargingFailureCondition,
  SmartChargingFinalState,
  SmartChargingPlan,
  SmartChargingPolicy,
  SmartChargingState,
  SmartChargingStatus,
  SmartOverride,
  SmartOverrideStatus,
} from "../../../../generated/types.ts";
import { eventEnvelope } from "../../events/envelope.ts";
import type { Known } from "../../shared/open-enum.ts";
import type { Random } from "../../shared/random.ts";
import { MINUTE } from "../../shared/time/units.ts";
import { type ActionRecord, sameAim } from "../../simulation/actions.ts";
import type { AnyDevice } from "../../simulation/devices/registry.ts";
import type { SimulatedVehicle } from "../../simulation/devices/vehicle.ts";
import { issueCommand } from "../../simulation/world/issue-command.ts";
import type { TimedProcess } from "../../simulation/world/process-scheduler.ts";
import type { World } from "../../simulation/world/world.ts";
import type { LocationRepository } from "../locations/location-repository.ts";
import { pricesOf } from "../tariffs/prices.ts";
import type { TariffRepository } from "../tariffs/tariff-repository.ts";
import type { OverrideService } from "./override-service.ts";
import { isLate, makePlan, nextDeadline, type PlanRecord, type SmartTime } from "./plan.ts";

// A failed command is issued again after this time. Enode does not document its own value.
const RETRY = 5 * MINUTE;
// No version of any device.
const UNKNOWN = -1;

type State = Known<SmartChargingState>;

/** The state of a vehicle. Times are timestamps in milliseconds. */
interface Entry {
  readonly vehicle: SimulatedVehicle;
  /** All plans, oldest first. */
  readonly plans: PlanRecord[];
  state: State;
  stateChangedAt: number;
  /** The plan in effect. */
  plan: PlanRecord | null;
  /** The last command of the plan, until it has its effect. */
  action: ActionRecord | null;
  /** When a failed command is issued again; Infinity when none has failed. */
  retryAt: number;
  assessedAt: number;
  /** The time of the next assessment, computed for this version of the vehicle. */
  next: number;
  version: number;
  /** The facts at the last assessment. */
  seen: string;
  /** The last published status; the initial one before the first event. */
  published: SmartChargingStatus | null;
}

/** The dependencies of smart charging. */
export interface SmartChargingParts {
  readonly world: World;
  readonly random: Random;
  readonly locations: LocationRepository;
  readonly tariffs: TariffRepository;
  readonly overrides: OverrideService;
}

/** Charges vehicles when energy is cheap. */
export class SmartChargingService implements TimedProcess {
  readonly #world: World;
  readonly #random: Random;
  readonly #locations: LocationRepository;
  readonly #tariffs: TariffRepository;
  readonly #overrides: OverrideService;
  readonly #entries = new Map<AnyDevice, Entry>();

  constructor({ world, random, locations, tariffs, overrides }: SmartChargingParts) {
    this.#world = world;
    this.#random = random;
    this.#locations = locations;
    this.#tariffs = tariffs;
    this.#overrides = overrides;
    world.scheduler.add(this);
    world.controllers.push((device) => this.#reasonFor(device));
    world.onDeviceRemoved.push((device) => this.#entries.delete(device));
    overrides.onChanged.push((vehicle, at) => this.#assess(this.#entryOf(vehicle), at));
  }

  /** Changes the policy of a vehicle. Call it after `vehicle.advanceTo(now)`. */
  setPolicy(vehicle: SimulatedVehicle, policy: SmartChargingPolicy, now: number): void {
    const entry = this.#entryOf(vehicle);
    const { deadline, minimumChargeLimit } = vehicle.wire.smartChargingPolicy;
    vehicle.setPolicy(policy);
    const isSame = deadline === policy.deadline && minimumChargeLimit === policy.minimumChargeLimit;
    if (policy.isEnabled && !isSame && entry.plan !== null) {
      endPlan(entry, entry.plan, "PLAN:ENDED:DEADLINE_CHANGED", null, now);
      this.#raiseEvent(entry, now);
    }
    this.#assess(entry, now);
  }

  statusOf(vehicle: SimulatedVehicle, now: number): SmartChargingStatus {
    return this.#statusOf(this.#entries.get(vehicle) ?? this.#newEntry(vehicle), now);
  }

  /** The plan with this ID, or the newest for `latest`; undefined when there is none. */
  planOf(vehicle: SimulatedVehicle, id: string): SmartChargingPlan | undefined {
    const plans = this.#entries.get(vehicle)?.plans ?? [];
    return (id === "latest" ? plans.at(-1) : plans.find(({ wire }) => wire.id === id))?.wire;
  }

  /** The times in which plans controlled the charging of a device. */
  plansOf(device: AnyDevice): SmartTime[] {
    const plans = this.#entries.get(device)?.plans ?? [];
    return plans.map(({ madeAt, endedAt, nonSmartPrice }) => ({
      from: madeAt,
      to: endedAt,
      price: nonSmartPrice,
    }));
  }

  nextEventAt(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries.values()) {
      earliest = Math.min(earliest, this.#nextTimeOf(entry));
    }
    return earliest;
  }

  run(time: number): void {
    for (const entry of [...this.#entries.values()]) {
      if (this.#nextTimeOf(entry) > time) continue;
      entry.vehicle.advanceTo(time);
      this.#assess(entry, time);
    }
  }

  /** Computing it is expensive, so it happens only after changes. */
  #nextTimeOf(entry: Entry): number {
    const { vehicle } = entry;
    if (entry.version !== vehicle.version) {
      entry.version = vehicle.version;
      entry.next = this.#computeNext(entry);
    }
    return entry.next;
  }

  #computeNext(entry: Entry): number {
    const { vehicle, plan, retryAt, assessedAt, seen } = entry;
    if (this.#factsOf(entry) !== seen) return vehicle.settledAt;
    if (!vehicle.wire.smartChargingPolicy.isEnabled) return Number.POSITIVE_INFINITY;
    const turns = plan === null ? [] : [plan.stopAt, plan.startAt];
    return Math.min(
      vehicle.nextPowerChangeAt(),
      retryAt,
      ...turns.filter((turn) => turn > assessedAt),
    );
  }

  /** Why a vehicle takes no commands, or null. */
  #reasonFor(device: AnyDevice): string | null {
    const isPlanned = (this.#entries.get(device)?.plan ?? null) !== null;
    return isPlanned && this.#overrides.of(device) === null
      ? "A smart charging plan controls this vehicle"
      : null;
  }

  #entryOf(vehicle: SimulatedVehicle): Entry {
    const known = this.#entries.get(vehicle);
    if (known !== undefined) return known;
    const entry = this.#newEntry(vehicle);
    entry.published = structuredClone(this.#statusOf(entry, this.#world.now()));
    this.#entries.set(vehicle, entry);
    return entry;
  }

  #newEntry(vehicle: SimulatedVehicle): Entry {
    const createdAt = this.#world.users.get(vehicle.wire.userId)?.createdAt;
    return {
      vehicle,
      plans: [],
      state: "DISABLED",
      stateChangedAt: createdAt === undefined ? this.#world.now() : Date.parse(createdAt),
      plan: null,
      action: null,
      retryAt: Number.POSITIVE_INFINITY,
      assessedAt: Number.NEGATIVE_INFINITY,
      next: Number.POSITIVE_INFINITY,
      version: UNKNOWN,
      seen: "",
      published: null,
    };
  }

  /** All facts that decide on the state and may change by themselves. */
  #factsOf({ vehicle, action }: Entry): string {
    const { chargeState, capabilities } = vehicle.wire;
    const { isPluggedIn, isCharging, isFullyCharged, chargeLimit } = chargeState;
    return JSON.stringify([
      isPluggedIn,
      isCharging,
      isFullyCharged,
      chargeLimit,
      this.#isAtHome(vehicle),
      capabilities.smartCharging.isCapable,
      this.#overrides.of(vehicle) !== null,
      action?.wire.state,
    ]);
  }

  /** A user without locations charges anywhere, at prices of the market. */
  #isAtHome({ wire }: SimulatedVehicle): boolean {
    return wire.location.id !== null || this.#locations.isEmpty(wire.userId);
  }

  /** Updates the state and raises the event of a change. Call it after `vehicle.advanceTo(at)`. */
  #assess(entry: Entry, at: number): void {
    // What a command changes at once is left for the next assessment.
    entry.seen = this.#factsOf(entry);
    entry.assessedAt = at;
    entry.version = UNKNOWN;
    this.#decide(entry, at);
    this.#raiseEvent(entry, at);
  }

  #decide(entry: Entry, at: number): void {
    const { vehicle, plan, state } = entry;
    const { smartChargingPolicy: policy, chargeState, capabilities } = vehicle.wire;
    if (!policy.isEnabled) {
      if (plan !== null) endPlan(entry, plan, "PLAN:ENDED:DISABLED", null, at);
      else if (state !== "PLAN:ENDED:DISABLED") setState(entry, "DISABLED", at);
    } else if (plan !== null) {
      if (chargeState.isPluggedIn !== true) {
        endPlan(entry, plan, "PLAN:ENDED:UNPLUGGED", null, at);
      } else if (chargeState.isFullyCharged === true) {
        const failure = isLate(plan, at) ? "FINISHED_LATE" : null;
        endPlan(entry, plan, "PLAN:ENDED:FINISHED", failure, at);
      } else this.#follow(entry, plan, at);
    } else if (!capabilities.smartCharging.isCapable) setState(entry, "UNKNOWN", at);
    else if (chargeState.isFullyCharged === true) {
      const isDone = state === "PLAN:ENDED:FINISHED" && chargeState.isPluggedIn === true;
      if (!isDone) setState(entry, "FULLY_CHARGED", at);
    } else if (chargeState.isPluggedIn === true && this.#isAtHome(vehicle)) {
      // A failed plan is not tried again until the vehicle was unplugged.
      if (state !== "PLAN:ENDED:FAILED") this.#begin(entry, at);
    } else if (state !== "PLAN:ENDED:UNPLUGGED") setState(entry, "CONSIDERING", at);
  }

  #begin(entry: Entry, at: number): void {
    const { vehicle } = entry;
    const { location, smartChargingPolicy } = vehicle.wire;
    const deadline = nextDeadline(smartChargingPolicy, this.#locations.zoneOf(location.id), at);
    const prices = pricesOf(this.#locations, this.#tariffs, location.id);
    const plan = makePlan(this.#random.uuid(), vehicle, prices, deadline, at);
    entry.plans.push(plan);
    entry.plan = plan;
    entry.action = null;
    entry.retryAt = Number.POSITIVE_INFINITY;
    this.#follow(entry, plan, at);
  }

  /** Issues the command that the plan needs now. */
  #follow(entry: Entry, plan: PlanRecord, at: number): void {
    const { vehicle, action, state, retryAt } = entry;
    const wantsCharge = at < plan.stopAt || at >= plan.startAt;
    const kind = wantsCharge ? "START" : "STOP";
    if (this.#overrides.of(vehicle) !== null) {
      settleCommand(entry);
      setState(entry, "PLAN:EXECUTING:OVERRIDDEN", at);
    } else if (vehicle.wire.chargeState.isCharging === wantsCharge) {
      settleCommand(entry);
      plan.wire.failureCondition = null;
      if (!wantsCharge) plan.wire.stopConfirmedAt ??= new Date(at).toISOString();
      else if (at >= plan.startAt) plan.wire.startConfirmedAt ??= new Date(at).toISOString();
      setState(entry, wantsCharge ? "PLAN:EXECUTING:STARTED" : "PLAN:EXECUTING:STOPPED", at);
    } else if (action !== null && sameAim(action.command, { kind })) {
      // It may still be pending.
      if (action.wire.state !== "PENDING") {
        this.#fail(entry, plan, wantsCharge ? "START_FAILED" : "STOP_FAILED", at);
      }
    } else if (wantsCharge && state === "PLAN:EXECUTING:STARTED") {
      this.#fail(entry, plan, "CHARGE_INTERRUPTED", at);
    } else if (retryAt === Number.POSITIVE_INFINITY || retryAt <= at) {
      entry.retryAt = Number.POSITIVE_INFINITY;
      entry.action = issueCommand(
        this.#world,
        vehicle,
        { aim: { kind }, by: "Smart charging" },
        at,
      );
      setState(entry, wantsCharge ? "PLAN:EXECUTING:STARTING" : "PLAN:EXECUTING:STOPPING", at);
    }
  }

  #fail(
    entry: Entry,
    plan: PlanRecord,
    failure: "START_FAILED" | "STOP_FAILED" | "CHARGE_INTERRUPTED",
    at: number,
  ): void {
    entry.action = null;
    if (at >= plan.deadline) {
      endPlan(entry, plan, "PLAN:ENDED:FAILED", failure, at);
      return;
    }
    plan.wire.failureCondition = failure;
    entry.retryAt = at + RETRY;
    setState(entry, `PLAN:EXECUTING:${failure}`, at);
  }

  #statusOf({ vehicle, plans, state, stateChangedAt }: Entry, now: number): SmartChargingStatus {
    const { id, userId, vendor, chargeState } = vehicle.wire;
    const consideration: SmartChargingConsideration = {
      isPluggedIn: chargeState.isPluggedIn === true,
      isCharging: chargeState.isCharging === true,
      atChargingLocation: this.#isAtHome(vehicle),
      hasTimeEstimate: true,
    };
    const override = this.#overrides.of(vehicle);
    return {
      updatedAt: new Date(now).toISOString(),
      vehicleId: id,
      userId,
      vendor,
      state,
      stateChangedAt: new Date(stateChangedAt).toISOString(),
      consideration: state === "CONSIDERING" ? consideration : null,
      plan: state.startsWith("PLAN:") ? (plans.at(-1)?.wire ?? null) : null,
      smartOverride: override === null ? null : overrideStatus(override),
    };
  }

  /** Raises an event for the members of the status that have changed, if any. */
  #raiseEvent(entry: Entry, at: number): void {
    const { vehicle, published } = entry;
    const status = structuredClone(this.#statusOf(entry, at));
    const old = new Map<string, unknown>(Object.entries(published ?? {}));
    const updatedFields = Object.entries(status)
      .filter(([name]) => name !== "updatedAt")
      .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(old.get(name)))
      .map(([name]) => name);
    if (updatedFields.length === 0) return;
    entry.published = status;
    this.#world.observer?.raise(
      {
        event: "user:vehicle:smart-charging-status-updated",
        ...eventEnvelope(at),
        user: { id: vehicle.wire.userId },
        smartChargingStatus: status,
        updatedFields,
      },
      at,
    );
  }
}

function overrideStatus(override: SmartOverride): SmartOverrideStatus {
  const { createdAt, endedAt, targetType, targetId, vendorActionId } = override;
  return { createdAt, endedAt, targetType, targetId, vendorActionId };
}

function setState(entry: Entry, state: State, at: number): void {
  if (entry.state === state) return;
  entry.state = state;
  entry.stateChangedAt = at;
}

/** Forgets the command of a vehicle that has reached the planned state. */
function settleCommand(entry: Entry): void {
  entry.action = null;
  entry.retryAt = Number.POSITIVE_INFINITY;
}

function endPlan(
  entry: Entry,
  plan: PlanRecord,
  state: Known<SmartChargingFinalState>,
  failure: Known<SmartChargingFailureCondition> | null,
  at: number,
): void {
  plan.endedAt = at;
  plan.wire.endedAt = new Date(at).toISOString();
  plan.wire.finalState = state;
  plan.wire.failureCondition = failure;
  entry.plan = null;
  settleCommand(entry);
  setState(entry, state, at);
}
