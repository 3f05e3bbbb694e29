/** Charging with constant power; timestamps in milliseconds, power in kW. */
export interface ChargeSpan {
  readonly from: number;
  readonly to: number;
  readonly power: number;
  /** The location of the device, or null. */
  readonly locationId: string | null;
}

/** The charging of a device: one span for each change of power or location, however often the device is read. */
export class ChargeLog {
  readonly #spans: ChargeSpan[] = [];

  get spans(): readonly ChargeSpan[] {
    return this.#spans;
  }

  /** Adds a span, which must be later than all others. */
  add(span: ChargeSpan): void {
    const last = this.#spans.at(-1);
    const goesOn =
      last?.to === span.from && last.power === span.power && last.locationId === span.locationId;
    if (goesOn) this.#spans[this.#spans.length - 1] = { ...last, to: span.to };
    else this.#spans.push(span);
  }
}
