// Values as people read them. What is not known is a dash, never a zero.
import { type Html, html } from "./html.ts";

/** Stands for what is not known. */
export const UNKNOWN = "–";

/** A number with its unit. */
export function amount(value: number | null | undefined, unit: string, digits = 0): string {
  if (value === null || value === undefined) return UNKNOWN;
  return `${value.toLocaleString("en-GB", { maximumFractionDigits: digits })} ${unit}`;
}

/** An amount of money. */
export function money(value: number | null | undefined, currency: string): string {
  if (value === null || value === undefined) return UNKNOWN;
  return value.toLocaleString("en-GB", { style: "currency", currency });
}

/** How long ago something was, such as `3 min ago`. */
export function ago(at: Date, now: Date): Html {
  const seconds = Math.max(0, Math.round((now.getTime() - at.getTime()) / 1000));
  const text =
    seconds < 45
      ? "just now"
      : seconds < 5_400
        ? `${Math.round(seconds / 60)} min ago`
        : seconds < 129_600
          ? `${Math.round(seconds / 3_600)} h ago`
          : `${Math.round(seconds / 86_400)} days ago`;
  return html`<time datetime="${at.toISOString()}">${text}</time>`;
}

/** A time, with its day unless that is today. */
export function clock(at: Date | string, now: Date, timeZone: string): Html {
  const date = new Date(at);
  const day = (each: Date) => each.toLocaleDateString("en-GB", { timeZone });
  const time = date.toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit" });
  const weekday = date.toLocaleDateString("en-GB", {
    timeZone,
    weekday: "short",
    day: "numeric",
    month: "short",
  });
  const text = day(date) === day(now) ? time : `${weekday}, ${time}`;
  return html`<time datetime="${date.toISOString()}">${text}</time>`;
}

/** What its brand is called: `LANDROVER` is how Enode writes it. */
export function brandName(vendor: string | null): string {
  if (vendor === null) return "the maker";
  return vendor.length <= 3 ? vendor : vendor.charAt(0) + vendor.slice(1).toLowerCase();
}
