/**
 * How the time of a sandbox passes: with the wall clock, only by `advance()`, or `speed` times as fast as the wall
 * clock.
 */
export type ClockMode = "real" | "manual" | { readonly speed: number };

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
  /** Simulated milliseconds in one of the wall clock, 0 when only `advance()` moves the time. */
  readonly speed: number;
  /**
   * The time of the programs that call the sandbox, as a timestamp in milliseconds: that of the wall clock, whatever the
   * simulated time does. While only `advance()` moves the time it is the simulated one, for tests to be exact.
   */
  callerTime(): number;
}

// A fixed start makes every timestamp of a run with a manual clock reproducible.
const MANUAL_START = Date.UTC(2025, 0, 6, 8);

/** Creates a clock. It owns no timer: `now()` computes the time. */
export function createClock(mode: ClockMode): SimulatedClock {
  const speed = speedOf(mode);
  const wallStart = Date.now();
  const start = speed === 0 ? MANUAL_START : wallStart;
  let advanced = 0;
  let latest = start;
  const clock: SimulatedClock = {
    speed,
    callerTime: () => (speed === 0 ? clock.now().getTime() : Date.now()),
    now() {
      const passed = speed === 0 ? 0 : (Date.now() - wallStart) * speed;
      // A wall clock that is set back must not undo what already happened.
      latest = Math.max(latest, Math.floor(start + passed + advanced));
      return new Date(latest);
    },
    advance(time) {
      const milliseconds = typeof time === "string" ? parseDuration(time) : time;
      if (milliseconds === undefined || !Number.isFinite(milliseconds) || milliseconds < 0) {
        throw new RangeError(
          `clock.advance() takes a number of milliseconds, 0 or more, or a text such as "1h30m", not ${JSON.stringify(time) ?? String(time)}`,
        );
      }
      advanced += milliseconds;
    },
  };
  return clock;
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
