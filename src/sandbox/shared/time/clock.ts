/**
 * How the time of a sandbox passes: with the wall clock, only by `advance()`, or `speed` times as fast as the wall
 * clock.
 */
export type ClockMode =
  | "real"
  | "manual"
  | {
      /** Simulated milliseconds in one of the wall clock; more than 0. */
      readonly speed: number;
    };

/** The simulated time of one sandbox. */
export interface SandboxClock {
  /** The simulated time. */
  now(): Date;
  /**
   * Moves the simulated time forward, on top of what passes by itself. What is due by then happens, in order of time.
   *
   * @param time Simulated milliseconds, 0 or more, or a text of whole numbers of days, hours, minutes, seconds and
   * milliseconds: `"90s"`, `"15m"`, `"2h"`, `"1d"`, `"1h30m"`, `"250ms"`.
   * @throws RangeError when it is neither.
   * @example
   * ```ts
   * import { createSandbox } from "enode-sdk/sandbox";
   *
   * const sandbox = createSandbox({ clock: "manual" });
   * sandbox.clock.advance("8h");
   * console.log(sandbox.clock.now()); // 2025-01-06T16:00:00.000Z
   * ```
   */
  advance(time: number | string): void;
}

/** The clock, and how fast it runs. */
export interface SimulatedClock extends SandboxClock {
  /** Simulated milliseconds in one of the wall clock; 0 while it stands still. */
  readonly speed: number;
  /** Whether only `advance()` moves the time, for tests to be exact. A clock that is paused is not manual. */
  readonly isManual: boolean;
  /**
   * The time of the programs that call the sandbox, as a timestamp in milliseconds: that of the wall clock, whatever the
   * simulated time does. With a manual clock it is the simulated one.
   */
  callerTime(): number;
  /**
   * Goes on from now at another speed; 0 pauses. A manual clock that gets a speed is manual no longer. Timers that wait
   * for simulated times have to be set again.
   */
  setSpeed(speed: number): void;
}

// A fixed start makes every timestamp of a run with a manual clock reproducible.
const MANUAL_START = Date.UTC(2025, 0, 6, 8);

/**
 * Creates a clock. It owns no timer: `now()` computes the time.
 *
 * @param earliest Where an earlier clock ended, as a timestamp in milliseconds: a manual one goes on there, any other
 * begins with the wall clock, but not before.
 */
export function createClock(mode: ClockMode, earliest?: number): SimulatedClock {
  return new ComputedClock(speedOf(mode), earliest);
}

class ComputedClock implements SimulatedClock {
  #speed: number;
  #isManual: boolean;
  /** When it got its speed, by the wall clock. */
  #wallStart = Date.now();
  /** The simulated time at `#wallStart`, and what was advanced since. */
  #start: number;
  #latest: number;
  /** How far the time of callers is from the wall clock: that of a manual clock goes on from where it was. */
  #callerOffset = 0;

  constructor(speed: number, earliest: number | undefined) {
    this.#speed = speed;
    this.#isManual = speed === 0;
    this.#start = this.#isManual
      ? (earliest ?? MANUAL_START)
      : Math.max(earliest ?? 0, this.#wallStart);
    this.#latest = this.#start;
  }

  get speed(): number {
    return this.#speed;
  }

  get isManual(): boolean {
    return this.#isManual;
  }

  now(): Date {
    const passed = this.#speed === 0 ? 0 : (Date.now() - this.#wallStart) * this.#speed;
    // A wall clock that is set back must not undo what already happened.
    this.#latest = Math.max(this.#latest, Math.floor(this.#start + passed));
    return new Date(this.#latest);
  }

  callerTime(): number {
    return this.#isManual ? this.now().getTime() : Date.now() + this.#callerOffset;
  }

  advance(time: number | string): void {
    const milliseconds = typeof time === "string" ? parseDuration(time) : time;
    if (milliseconds === undefined || !Number.isFinite(milliseconds) || milliseconds < 0) {
      throw new RangeError(
        `clock.advance() takes a number of milliseconds, 0 or more, or a text such as "1h30m", not ${JSON.stringify(time) ?? String(time)}`,
      );
    }
    this.#start += milliseconds;
  }

  setSpeed(speed: number): void {
    if (!Number.isFinite(speed) || speed < 0) {
      throw new RangeError(`The speed of a clock must be a number, 0 or more, not ${speed}`);
    }
    const now = this.now().getTime();
    if (this.#isManual && speed > 0) {
      // Access tokens that were issued before stay as valid as they were.
      this.#callerOffset = now - Date.now();
      this.#isManual = false;
    }
    this.#start = now;
    this.#wallStart = Date.now();
    this.#speed = speed;
  }
}

const DURATION = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS = [86_400_000, 3_600_000, 60_000, 1_000, 1];

/** The milliseconds of a text such as `1h30m`; undefined when it is not one. */
function parseDuration(text: string): number | undefined {
  const parts = text === "" ? undefined : DURATION.exec(text)?.slice(1);
  return parts?.reduce((sum, part, at) => sum + Number(part ?? 0) * (UNITS[at] ?? 0), 0);
}

function speedOf(mode: ClockMode): number {
  if (mode === "real") return 1;
  if (mode === "manual") return 0;
  const speed: unknown = typeof mode === "object" && mode !== null ? mode.speed : undefined;
  if (typeof speed === "number" && Number.isFinite(speed) && speed > 0) return speed;
  throw new RangeError(
    'The sandbox option "clock" must be "real", "manual" or { speed } with a speed above 0',
  );
}
