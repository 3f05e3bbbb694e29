const CLOCK_TIME = /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** Whether this is a clock time such as `05:30`. */
export const isClockTime = (value: unknown): value is string =>
  typeof value === "string" && CLOCK_TIME.test(value);

/** Minutes after midnight of a clock time such as `22:30`; `24:00` is 1440. */
export function minutesOf(clockTime: string): number {
  const [hours = 0, minutes = 0] = clockTime.split(":").map(Number);
  return hours * 60 + minutes;
}
