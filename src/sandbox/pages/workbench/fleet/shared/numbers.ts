// Creating a formatter is expensive, and pages have hundreds of numbers.
const FORMAT = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** A number for people: thousands are separated, and there is at most one decimal. */
export function tidy(value: number): string {
  // Rounding may leave a minus sign.
  return FORMAT.format(value).replace(/^-0$/, "0");
}

/** Such as `64,775 km`. */
export function amount(value: number, unit: string): string {
  return `${tidy(value)} ${unit}`;
}
