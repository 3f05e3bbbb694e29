/** Charging power of three phases at 230 V, in kW. */
export function powerAt(current: number): number {
  return Math.round(current * 3 * 230) / 1000;
}
