import { invalidArgument } from "../../errors/configuration.ts";

/** A time span: a number of ms, or a text such as `"30s"`, `"2m"` or `"1h"`. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h"}`;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** A day: what takes longer to settle is not damped but lost. */
const longest = 86_400_000;

/** @throws ConfigurationError for what is no time span from 0 to a day. */
export function millisecondsOf(name: string, value: unknown): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(value)) ?? [];
  const milliseconds = typeof value === "number" ? value : Number(digits) * (units[unit] ?? NaN);
  if (milliseconds >= 0 && milliseconds <= longest) return milliseconds;
  throw invalidArgument(
    name,
    `${name} must be a number of ms, or a text such as "30s", "2m" or "1h", of a day at most.`,
  );
}
