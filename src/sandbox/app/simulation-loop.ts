import type { WebhookEvent } from "../../../generated/types.ts";
import { DeviceEvents } from "../events/device-events.ts";
import type { SimulatedClock } from "../shared/time/clock.ts";
import type { ActionRecord } from "../simulation/actions.ts";
import type { Account } from "../simulation/devices/account.ts";
import type { Device, DeviceObserver } from "../simulation/devices/device.ts";
import type { World } from "../simulation/world/world.ts";
import type { WebhookRegistry } from "../webhooks/webhook-registry.ts";
import { DeviceTimers } from "./device-timers.ts";

// The longest that a timer waits for.
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * Drives the simulation while there is a webhook: advances devices to their events in order of time, and has the events
 * delivered. Without a webhook it does nothing, and each read computes the state of the devices.
 */
export class SimulationLoop implements DeviceObserver {
  readonly #world: World;
  readonly #clock: SimulatedClock;
  readonly #webhooks: WebhookRegistry;
  readonly #deviceEvents: DeviceEvents;
  readonly #timers = new DeviceTimers();
  readonly #changed = new Set<Device>();
  #ended: ActionRecord[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isWatching = false;
  #isClosed = false;

  constructor(world: World, clock: SimulatedClock, webhooks: WebhookRegistry) {
    this.#world = world;
    this.#clock = clock;
    this.#webhooks = webhooks;
    this.#deviceEvents = new DeviceEvents(
      (event, at) => webhooks.publish(event, at),
      (oddity, device) =>
        webhooks.strikes(oddity) || (oddity === "repeated" && world.quirks.repeatsUpdate(device)),
    );
  }

  /** Advances to the simulated time. Call it before and after every change from outside. */
  run(): void {
    if (this.#isClosed) return;
    if (this.#webhooks.isEmpty) {
      this.#rest();
      this.#runProcesses();
    } else {
      if (this.#isWatching) this.#catchUp();
      else this.#begin();
      void this.#webhooks.kick().then(() => this.#wind());
      this.#wind();
    }
  }

  /** Makes a change from outside. */
  act<T>(work: () => T): T {
    this.run();
    try {
      return work();
    } finally {
      this.run();
    }
  }

  /** Resolves when everything that is due now has happened and was delivered, or failed. */
  async deliver(): Promise<void> {
    this.run();
    await this.#webhooks.drain(this.#world.now());
  }

  /** Ends the loop permanently. */
  close(): void {
    this.#rest();
    this.#isClosed = true;
    this.#webhooks.close();
  }

  touched(device: Device): void {
    this.#deviceEvents.touched(device);
  }

  changed(device: Device): void {
    this.#changed.add(device);
  }

  ended(action: ActionRecord): void {
    this.#ended.push(action);
  }

  removed(device: Device): void {
    const now = this.#world.now();
    this.#raiseEvents(now);
    this.#timers.forget(device);
    this.#deviceEvents.deleted(device, now);
  }

  accept(devices: readonly Device[]): void {
    for (const device of devices) {
      this.#changed.delete(device);
      const { devices: known, hemSystems } = this.#world;
      if (known.has(device.wire.id) || hemSystems.has(device.wire.id)) {
        this.#timers.schedule(device);
        this.#deviceEvents.remember(device);
      } else {
        this.#timers.forget(device);
        this.#deviceEvents.forget(device);
      }
    }
  }

  invalidated(account: Account): void {
    const now = this.#world.now();
    this.#raiseEvents(now);
    this.#deviceEvents.invalidated(account, now);
  }

  raise(event: WebhookEvent, at: number): void {
    this.#raiseEvents(at);
    this.#webhooks.publish(event, at);
  }

  /** Begins to watch: the present state raises no events. */
  #begin(): void {
    this.#runProcesses();
    const now = this.#world.now();
    const { devices, hemSystems } = this.#world;
    for (const device of [...devices.values(), ...hemSystems.values()]) {
      device.advanceTo(now);
      this.#timers.schedule(device);
    }
    this.#deviceEvents.begin(this.#world.lastNumber);
    this.#world.observer = this;
    this.#isWatching = true;
  }

  #rest(): void {
    if (!this.#isWatching) return;
    this.#isWatching = false;
    this.#world.observer = undefined;
    this.#changed.clear();
    this.#ended = [];
    this.#timers.clear();
    this.#deviceEvents.clear();
    clearTimeout(this.#timer);
  }

  #next(): number {
    return Math.min(this.#timers.next(), this.#world.scheduler.next());
  }

  /** Devices are advanced when they are read; the processes that act on them have to run before, in order of time. */
  #runProcesses(): void {
    const { scheduler } = this.#world;
    const now = this.#world.now();
    for (let time = scheduler.next(); time <= now; time = scheduler.next()) scheduler.run(time);
  }

  #catchUp(): void {
    const { scheduler } = this.#world;
    const now = this.#world.now();
    this.#raiseEvents(now);
    for (let time = this.#next(); time <= now; time = this.#next()) {
      scheduler.run(time);
      for (const device of this.#timers.takeDue(time)) {
        device.advanceTo(time);
        this.#timers.schedule(device);
      }
      this.#raiseEvents(time);
    }
  }

  /** Raises the events for changed devices and ended actions. */
  #raiseEvents(at: number): void {
    for (const device of this.#changed) {
      this.#timers.schedule(device);
      this.#deviceEvents.updated(device, at);
    }
    this.#changed.clear();
    // After the devices: a program that waits for an action reads the device next.
    for (const action of this.#ended.splice(0)) this.#deviceEvents.ended(action, at);
  }

  /** Sets the one timer to the time of the next event or delivery. */
  #wind(): void {
    clearTimeout(this.#timer);
    const { speed } = this.#clock;
    // A clock that stands still is advanced or started by calls, which run() follows anyway.
    if (speed === 0 || !this.#isWatching) return;
    const next = Math.min(this.#next(), this.#webhooks.wakeAt());
    if (next === Number.POSITIVE_INFINITY) return;
    const wait = Math.max(1, Math.ceil((next - this.#world.now()) / speed));
    this.#timer = setTimeout(() => this.run(), Math.min(wait, LONGEST_WAIT));
    // A simulation in the background must not keep a program from ending. Browsers have plain numbers for timers.
    this.#timer.unref?.();
  }
}
