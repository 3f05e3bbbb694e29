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

// How long Enode waits until it tries again is not documented.
const RETRY = 5 * 60_000;

const AT_ONCE = Number.NEGATIVE_INFINITY;

type Rest = Extract<Known<ScheduleState>, `INACTIVE:${string}`>;

/** What a schedule has to know of other schedules and of smart charging. */
export interface ScheduleContext {
  readonly world: World;
  /** Grows with whatever may have changed something about others. */
  readonly version: number;
  /** The time zone in which its rules are read now. */
  zoneOf(schedule: Schedule, device: AnyDevice): TimeZone;
  strategyFor(schedule: Schedule, zone: TimeZone): ScheduleStrategy;
  /** Whether something goes before it: an override, or a newer schedule. */
  isOverridden(schedule: RunningSchedule): boolean;
}

/** A schedule that is carried out. */
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
  /** What was true at the last assessment. */
  #seen: string | undefined;
  /** Versions of the device and of the context with which nothing had changed since. */
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

  /** What the API answers. */
  get wire(): Schedule {
    return this.#wire;
  }

  get device(): AnyDevice {
    const device = this.#context.world.devices.get(this.#wire.targetId);
    if (device === undefined) throw new Error("A schedule outlived its device");
    return device;
  }

  /** Takes over what is to be true from its next run on. */
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

  /** Why it does not control the device, whatever others do; null when it may. */
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
      // Something has just happened to the device, or else to its context.
      return device.settledAt > this.#ranAt ? device.settledAt : this.#context.world.now();
    }
    let moment = this.#nextSwitch;
    if (device.pending !== null || isFilling(device))
      moment = Math.min(moment, device.nextPowerChangeAt());
    return this.#status?.state === "MISALIGNED" ? Math.min(moment, this.#nextTry) : moment;
  }

  run(moment: number): void {
    const { device } = this;
    device.advanceTo(moment);
    const zone = this.#context.zoneOf(this.#wire, device);
    if (zone !== this.#zone) this.#learn(zone);
    if (this.#nextSwitch <= moment) {
      this.#switches = this.#strategy.switchesAfter(moment);
      const [next] = this.#switches;
      this.#nextSwitch = next === undefined ? Number.POSITIVE_INFINITY : Date.parse(next.at);
    }
    this.#steer(device, moment);
    const assessment = this.#strategy.assess(device, moment);
    this.#note(assessment, this.#state(device, assessment), moment);
    this.#ranAt = moment;
    this.#seen = this.#facts(device);
  }

  /** Whether something is not as it was at the last assessment. Comparing takes long, so it happens after changes only. */
  #isOutdated(device: AnyDevice): boolean {
    const versions = `${device.version} ${this.#context.version}`;
    if (versions === this.#versions) return false;
    const isOutdated = this.#facts(device) !== this.#seen;
    if (!isOutdated) this.#versions = versions;
    return isOutdated;
  }

  /** Tells the device what to do when it does something else. */
  #steer(device: AnyDevice, moment: number): void {
    const assessment = this.#strategy.assess(device, moment);
    const state = this.#state(device, assessment);
    const isReachable = "isReachable" in device.wire && device.wire.isReachable === true;
    const isBack = isReachable && !this.#wasReachable;
    const isNewAim = this.#aim === undefined || !sameAim(this.#aim, assessment.command);
    if (isBack || isNewAim || state === "ALIGNED") this.#nextTry = AT_ONCE;
    this.#wasReachable = isReachable;
    this.#aim = assessment.command;
    if (state !== "MISALIGNED" || this.#nextTry > moment) return;
    // Out of reach one try is enough: nothing gets through before the device is back.
    this.#nextTry = isReachable ? moment + RETRY : Number.POSITIVE_INFINITY;
    if (assessment.refusal === null)
      issueCommand(this.#context.world, device, assessment.command, moment);
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

  /** Takes over a status, and tells of what is new in it. */
  #note({ parts }: Assessment, state: Known<ScheduleState>, moment: number): void {
    const before = this.#status;
    const scheduleId = this.#wire.id;
    const status = { scheduleId, state, ...parts, upcomingTransitions: this.#switches };
    const updatedFields = changes(before, status);
    if (updatedFields.length === 0) return;
    // A strategy gives the parts and the switches of one kind of schedule, which the types do not say.
    this.#status = { ...status, changedAt: new Date(moment).toISOString() } as ScheduleStatus;
    if (before === undefined) return;
    if (before.state === state && state.startsWith("INACTIVE:")) return;
    const event: ScheduleExecutionUpdatedEvent = {
      event: "user:schedule:execution-updated",
      ...eventEnvelope(moment),
      user: { id: this.userId },
      status: structuredClone(this.#status),
      schedule: structuredClone(this.#wire),
      updatedFields,
    };
    this.#context.world.observer?.raise(event, moment);
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

/** Whether it charges a battery, which will be full one day. */
function isFilling(device: AnyDevice): boolean {
  return device.kind !== "hvac" && device.power() > 0;
}

function placeOf({ wire }: AnyDevice): string | null {
  return "location" in wire ? wire.location.id : null;
}
