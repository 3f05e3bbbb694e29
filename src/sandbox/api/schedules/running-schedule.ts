import type {
  Schedule,
  ScheduleExecutionUpdatedEvent,
  ScheduleState,
  ScheduleStatus,
} from "../../../../generated/types.ts";
import { eventEnvelope } from "../../events/envelope.ts";
import { changes } from "../../shared/json-diff.ts";
import type { Known } from "../../shared/open-enum.ts";
import type { Numbered } from "../../shared/ordered-list.ts";
import type { TimeZone } from "../../shared/time/time-zone.ts";
import { type Command, sameAim } from "../../simulation/actions.ts";
import type { AnyDevice } from "../../simulation/devices/registry.ts";
import { issueCommand } from "../../simulation/world/issue-command.ts";
import type { TimedProcess } from "../../simulation/world/process-scheduler.ts";
import type { World } from "../../simulation/world/world.ts";
import type { Assessment, ScheduleStrategy, Transition } from "./strategy.ts";

// How long Enode waits before it tries again is not documented.
const RETRY = 5 * 60_000;

const AT_ONCE = Number.NEGATIVE_INFINITY;

type Rest = Extract<Known<ScheduleState>, `INACTIVE:${string}`>;

/** What a schedule reads of other schedules and of smart charging. */
export interface ScheduleContext {
  readonly world: World;
  /** Increases with every change that may concern other schedules. */
  readonly version: number;
  /** The time zone of its rules. */
  zoneOf(schedule: Schedule, device: AnyDevice): TimeZone;
  strategyFor(schedule: Schedule, zone: TimeZone): ScheduleStrategy;
  /** Whether an override or a newer schedule takes precedence over it. */
  isOverridden(schedule: RunningSchedule): boolean;
}

/** A schedule, and the process that carries it out. */
export class RunningSchedule implements TimedProcess, Numbered {
  readonly number: number;
  readonly userId: string;
  readonly #context: ScheduleContext;
  #wire: Schedule;
  #zone: TimeZone;
  #strategy: ScheduleStrategy;
  #switches: readonly Transition[] = [];
  #nextSwitch = AT_ONCE;
  #status: ScheduleStatus | undefined;
  /** The facts at the last assessment. */
  #seen: string | undefined;
  /** Versions of the device and of the context at the last comparison that found no change. */
  #versions: string | undefined;
  #ranAt = Number.NEGATIVE_INFINITY;
  #wasReachable = true;
  #aim: Command | undefined;
  #nextTry = AT_ONCE;

  constructor(number: number, userId: string, wire: Schedule, context: ScheduleContext) {
    this.number = number;
    this.userId = userId;
    this.#context = context;
    this.#wire = wire;
    this.#zone = context.zoneOf(wire, this.device);
    this.#strategy = context.strategyFor(wire, this.#zone);
  }

  /** The schedule as the API returns it. */
  get wire(): Schedule {
    return this.#wire;
  }

  get device(): AnyDevice {
    const device = this.#context.world.devices.get(this.#wire.targetId);
    if (device === undefined) throw new Error("A schedule outlived its device");
    return device;
  }

  /** Changes the schedule, with effect from its next run. */
  change(wire: Schedule): void {
    this.#wire = wire;
    this.#learn(this.#context.zoneOf(wire, this.device));
    this.#nextTry = AT_ONCE;
  }

  statusAt(now: number): ScheduleStatus {
    this.run(now);
    if (this.#status === undefined) throw new Error("A schedule that ran has a status");
    return this.#status;
  }

  /** The state that keeps it from controlling the device, apart from other schedules; null when it may. */
  restsBecause(): Rest | null {
    const { device } = this;
    const { isEnabled } = this.#wire;
    const locationId = "locationId" in this.#wire ? this.#wire.locationId : null;
    if (!isEnabled) return "INACTIVE:DISABLED";
    if (locationId !== null && placeOf(device) !== locationId) return "INACTIVE:AWAY";
    return this.#strategy.isCapable(device) ? null : "INACTIVE:INCAPABLE";
  }

  nextEventAt(): number {
    const { device } = this;
    if (this.#isOutdated(device)) {
      // The device has just changed, or else the context.
      return device.settledAt > this.#ranAt ? device.settledAt : this.#context.world.now();
    }
    let time = this.#nextSwitch;
    if (device.pending !== null || isFilling(device))
      time = Math.min(time, device.nextPowerChangeAt());
    return this.#status?.state === "MISALIGNED" ? Math.min(time, this.#nextTry) : time;
  }

  run(time: number): void {
    const { device } = this;
    device.advanceTo(time);
    const zone = this.#context.zoneOf(this.#wire, device);
    if (zone !== this.#zone) this.#learn(zone);
    if (this.#nextSwitch <= time) {
      this.#switches = this.#strategy.switchesAfter(time);
      const [next] = this.#switches;
      this.#nextSwitch = next === undefined ? Number.POSITIVE_INFINITY : Date.parse(next.at);
    }
    this.#steer(device, time);
    const assessment = this.#strategy.assess(device, time);
    this.#note(assessment, this.#state(device, assessment), time);
    this.#ranAt = time;
    this.#seen = this.#facts(device);
  }

  /** Whether any fact differs from the last assessment. Comparing is expensive, so it happens only after changes. */
  #isOutdated(device: AnyDevice): boolean {
    const versions = `${device.version} ${this.#context.version}`;
    if (versions === this.#versions) return false;
    const isOutdated = this.#facts(device) !== this.#seen;
    if (!isOutdated) this.#versions = versions;
    return isOutdated;
  }

  /** Issues a command when the device is not in the scheduled state. */
  #steer(device: AnyDevice, time: number): void {
    const assessment = this.#strategy.assess(device, time);
    const state = this.#state(device, assessment);
    const isReachable = "isReachable" in device.wire && device.wire.isReachable === true;
    const isBack = isReachable && !this.#wasReachable;
    const isNewAim = this.#aim === undefined || !sameAim(this.#aim, assessment.command);
    if (isBack || isNewAim || state === "ALIGNED") this.#nextTry = AT_ONCE;
    this.#wasReachable = isReachable;
    this.#aim = assessment.command;
    if (state !== "MISALIGNED" || this.#nextTry > time) return;
    // One attempt is enough while the device is out of reach: no command gets through.
    this.#nextTry = isReachable ? time + RETRY : Number.POSITIVE_INFINITY;
    if (assessment.refusal === null)
      issueCommand(this.#context.world, device, { aim: assessment.command, by: "Schedule" }, time);
  }

  #state(device: AnyDevice, assessment: Assessment): Known<ScheduleState> {
    const rest = this.restsBecause();
    if (rest !== null) return rest;
    if (this.#context.isOverridden(this)) return "INACTIVE:OVERRIDDEN";
    if (assessment.isAligned) return "ALIGNED";
    const { pending } = device;
    return pending !== null && sameAim(pending.command, assessment.command)
      ? "PENDING"
      : "MISALIGNED";
  }

  /** Stores a new status, and raises an event when it has changed. */
  #note({ parts }: Assessment, state: Known<ScheduleState>, time: number): void {
    const before = this.#status;
    const scheduleId = this.#wire.id;
    const status = { scheduleId, state, ...parts, upcomingTransitions: this.#switches };
    const updatedFields = changes(before, status);
    if (updatedFields.length === 0) return;
    // A strategy returns parts and switches of the same kind of schedule, which the types do not express.
    this.#status = { ...status, changedAt: new Date(time).toISOString() } as ScheduleStatus;
    if (before === undefined) return;
    if (before.state === state && state.startsWith("INACTIVE:")) return;
    const event: ScheduleExecutionUpdatedEvent = {
      event: "user:schedule:execution-updated",
      ...eventEnvelope(time),
      user: { id: this.userId },
      status: structuredClone(this.#status),
      schedule: structuredClone(this.#wire),
      updatedFields,
    };
    this.#context.world.observer?.raise(event, time);
  }

  #learn(zone: TimeZone): void {
    this.#zone = zone;
    this.#strategy = this.#context.strategyFor(this.#wire, zone);
    this.#nextSwitch = AT_ONCE;
  }

  #facts(device: AnyDevice): string {
    return JSON.stringify([
      this.restsBecause(),
      this.#context.isOverridden(this),
      this.#context.zoneOf(this.#wire, device) === this.#zone,
      "isReachable" in device.wire && device.wire.isReachable,
      device.pending?.wire.id,
      ...this.#strategy.facts(device),
    ]);
  }
}

/** Whether the device charges a battery, which ends by itself when it is full. */
function isFilling(device: AnyDevice): boolean {
  return device.kind !== "hvac" && device.power() > 0;
}

function placeOf({ wire }: AnyDevice): string | null {
  return "location" in wire ? wire.location.id : null;
}
