import { operations } from "../../../../generated/operations.ts";
import type { Vendor } from "../../../../generated/types.ts";
import type { FaultScope } from "../../faults/fault.ts";
import type { FaultHandle, StandingFault } from "../../faults/fault-injector.ts";
import type { FaultPresetId } from "../../faults/presets.ts";
import { deviceKinds } from "../../simulation/devices/catalogue.ts";
import type { PagesContext } from "../shared/context.ts";
import type { History } from "./history.ts";
import { note } from "./state.ts";

/** The outcome of a command: the name of a notice, and the device that it concerns. */
export interface Outcome {
  readonly notice: Notice;
  readonly deviceId?: string;
}

/** The text of each notice; the address contains only its name. */
export const NOTICES = {
  pluggedIn: "Plugged in.",
  unplugged: "Unplugged.",
  started: "Charging was started by the owner.",
  notStarted: "It does not charge: it is full, or there is no cable.",
  stopped: "Charging was stopped by the owner.",
  driven: "Driven 50 km.",
  empty: "The battery is too empty to drive 50 km.",
  offline: "The device is offline.",
  online: "The device is online.",
  invalidated: "The credentials of the account no longer work.",
  advanced: "The clock was advanced.",
  added: "A device was added.",
  faultSet: "The fault is on.",
  faultCleared: "The fault is off.",
  faultsCleared: "All faults are off.",
  gone: "The account or device no longer exists.",
} as const;

export type Notice = keyof typeof NOTICES;

const TRIP = { distance: 50, efficiency: 5.6 };
const LEAST_STEP = 60_000;
const MOST_STEPS = 96;

/** Carries out the commands of the control page. */
export class Commands {
  readonly #context: PagesContext;
  readonly #history: History;
  /** The faults that were switched on here, by preset. */
  readonly #faults = new Map<string, FaultHandle>();

  constructor(context: PagesContext, history: History) {
    this.#context = context;
    this.#history = history;
  }

  /** Carries out a form; returns undefined when there is no such command. */
  run(form: URLSearchParams): Outcome | undefined {
    const { sandbox } = this.#context;
    const value = (name: string) => form.get(name) ?? "";
    // The history needs the state before the change.
    note(this.#context, this.#history);
    switch (form.get("do")) {
      case "advance":
        return this.#advance(Number(value("minutes")));
      case "invalidate":
        return this.#invalidate(value("user"), value("vendor"));
      case "add":
        return this.#add(value("user"), value("kind"));
      case "fault":
        if (form.has("on")) return this.#setFault(value("on"), value("operation"));
        this.#faults.get(value("off"))?.clear();
        this.#faults.delete(value("off"));
        return { notice: "faultCleared" };
      case "faults-off":
        sandbox.faults.clear();
        this.#faults.clear();
        return { notice: "faultsCleared" };
      default:
        return this.#changeDevice(form.get("do"), value("device"));
    }
  }

  /** Whether this fault was switched on here, so that it can be switched off here. */
  isOwn({ id, preset }: StandingFault): boolean {
    return preset !== null && this.#faults.get(preset)?.id === id;
  }

  /** Advances the clock in steps, so that the chart shows the time between. */
  #advance(minutes: number): Outcome | undefined {
    if (!Number.isInteger(minutes) || minutes < 1 || minutes > 24 * 60) return undefined;
    const total = minutes * 60_000;
    const step = Math.max(LEAST_STEP, Math.ceil(total / MOST_STEPS));
    for (let left = total; left > 0; left -= step) {
      this.#context.sandbox.clock.advance(Math.min(step, left));
      note(this.#context, this.#history);
    }
    return { notice: "advanced" };
  }

  #invalidate(userId: string, vendor: string): Outcome {
    const { world, sandbox } = this.#context;
    if (world.users.get(userId)?.accounts.has(vendor) !== true) return { notice: "gone" };
    // An account exists, so this is a known vendor.
    sandbox.invalidateCredentials(userId, vendor as Vendor);
    return { notice: "invalidated" };
  }

  #add(userId: string, kind: string): Outcome | undefined {
    const known = deviceKinds.find((each) => each === kind);
    if (userId === "" || known === undefined) return undefined;
    const { id } = this.#context.sandbox.devices.add(userId, known);
    return { notice: "added", deviceId: id };
  }

  #setFault(id: string, operation: string): Outcome | undefined {
    const { faults } = this.#context.sandbox;
    const isKnown = faults.presets.some((preset) => preset.id === id);
    if (!isKnown || (operation !== "" && !isOperation(operation))) return undefined;
    // The program may have cleared a fault that was switched on here before.
    if (faults.list().some((each) => this.isOwn(each) && each.preset === id)) {
      return { notice: "faultSet" };
    }
    const scope = operation === "" ? {} : { operation };
    // It is one of the presets.
    this.#faults.set(id, faults.set(id as FaultPresetId, scope));
    return { notice: "faultSet" };
  }

  #changeDevice(command: string | null, deviceId: string): Outcome | undefined {
    const { devices } = this.#context.sandbox;
    const device = devices.get(deviceId);
    const done = (notice: Notice): Outcome => ({ notice, deviceId });
    if (device === undefined) return { notice: "gone" };
    switch (command) {
      case "plug-in":
        devices.update(deviceId, { isPluggedIn: true });
        return done("pluggedIn");
      case "unplug":
        devices.update(deviceId, { isPluggedIn: false });
        return done("unplugged");
      case "start": {
        const changed = devices.update(deviceId, { isCharging: true });
        const isCharging =
          "chargeState" in changed && "isCharging" in changed.chargeState
            ? changed.chargeState.isCharging
            : false;
        return done(isCharging === true ? "started" : "notStarted");
      }
      case "stop":
        devices.update(deviceId, { isCharging: false });
        return done("stopped");
      case "drive":
        return "odometer" in device ? this.#drive(deviceId, device.chargeState) : undefined;
      case "offline":
        devices.update(deviceId, { isReachable: false });
        return done("offline");
      case "online":
        devices.update(deviceId, { isReachable: true });
        return done("online");
      default:
        return undefined;
    }
  }

  #drive(
    deviceId: string,
    {
      batteryLevel,
      batteryCapacity,
    }: { batteryLevel: number | null; batteryCapacity: number | null },
  ): Outcome {
    const used = (TRIP.distance / TRIP.efficiency / (batteryCapacity ?? 60)) * 100;
    const level = (batteryLevel ?? 0) - used;
    if (level < 0) return { notice: "empty", deviceId };
    this.#context.sandbox.devices.update(deviceId, { isPluggedIn: false, batteryLevel: level });
    return { notice: "driven", deviceId };
  }
}

function isOperation(text: string): text is NonNullable<FaultScope["operation"]> {
  return text === "token" || Object.hasOwn(operations, text);
}
