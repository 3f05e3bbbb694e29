/** A time of charging with constant power; time stamps in milliseconds, power in kW. */
export interface ChargeSpan {
  readonly from: number;
  readonly to: number;
  readonly power: number;
  /** Where it was, or null. */
  readonly locationId: string | null;
}

/** When a device has charged: one span for each change of power or place, however often somebody looks. */
export class ChargeLog {
  readonly #spans: ChargeSpan[] = [];

  get spans(): readonly ChargeSpan[] {
    return this.#spans;
  }

  /** Adds what comes after all that was added before. */
  add(span: ChargeSpan): void {
    const last = this.#spans.at(-1);
    const goesOn =
      last?.to === span.from && last.power === span.power && last.locationId === span.locationId;
    if (goesOn) this.#spans[this.#spans.length - 1] = { ...last, to: span.to };
    else this.#spans.push(span);
  }
}
