import type { PagesContext } from "../shared/context.ts";
import type { Command } from "./shared/tab.ts";
import { dayAndTime } from "./shared/times.ts";

const DAY = 24 * 60 * 60_000;
// All that happens until then is simulated at once.
const MOST_DAYS = 31;
const FASTEST = 100_000;

/** The commands of the clock. */
export function clockCommands({
  sandbox,
  clock,
  act,
}: PagesContext): Readonly<Record<string, Command>> {
  const advanceBy = (milliseconds: number) => {
    sandbox.clock.advance(milliseconds);
    return {
      message: `The clock was advanced: it is ${minuteOf(clock.now().getTime())} UTC.`,
    };
  };
  return {
    advance(form) {
      const minutes = Number(form.get("minutes"));
      if (!Number.isInteger(minutes) || minutes < 1 || minutes > 24 * 60) return undefined;
      return advanceBy(minutes * 60_000);
    },
    speed(form) {
      const speed = Number(form.get("speed") || Number.NaN);
      if (!(speed >= 0 && speed <= FASTEST)) return undefined;
      // Timers are set for the speed that the clock has.
      act(() => clock.setSpeed(speed));
      return { message: speed === 0 ? "The clock is paused." : `The clock runs at ${speed}×.` };
    },
    "set-time"(form) {
      const text = form.get("time") ?? "";
      const time = Date.parse(`${text}Z`);
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/.test(text) || Number.isNaN(time)) {
        return { message: "That is no date and time.", isFailure: true };
      }
      const distance = time - clock.now().getTime();
      if (distance < 0) {
        const message = `The clock only goes forward, and ${minuteOf(time)} UTC is past.`;
        return { message, isFailure: true };
      }
      if (distance > MOST_DAYS * DAY) {
        const message = `The clock can be set at most ${MOST_DAYS} days ahead at once.`;
        return { message, isFailure: true };
      }
      return advanceBy(distance);
    },
  };
}

function minuteOf(at: number): string {
  return dayAndTime(at).slice(0, 16);
}
