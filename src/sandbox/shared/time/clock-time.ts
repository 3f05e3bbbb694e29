/** Minutes after midnight of a clock time such as `22:30`; `24:00` is 1440. */
export function minutesOf(clockTime: string): number {
  const [hours = 0, minutes = 0] = clockTime.split(":").map(Number);
  return hours * 60 + minutes;
}
