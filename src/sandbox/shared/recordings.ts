/** One HTTP message as it went over the wire, without its secrets. */
export interface RecordedMessage {
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The first 64 kB as text; null when there is no body, or it is not text. */
  readonly body: string | null;
  /** Size of the whole body in bytes; of one that was not read to its end, what was read of it. */
  readonly size: number;
}

/** One request and its answer. */
export interface RecordedExchange {
  readonly method: string;
  /** The whole URL for a delivery; path and query for a request. */
  readonly url: string;
  readonly request: RecordedMessage;
  /** null when there was no answer. */
  readonly response: RecordedMessage | null;
}

const LIMIT = 200;

/** The last 200 exchanges by the number of their log entry. */
export class Recordings {
  /** Whether exchanges are kept at all. */
  readonly isOn: boolean;
  readonly #exchanges = new Map<number, RecordedExchange>();

  constructor(isOn: boolean) {
    this.isOn = isOn;
  }

  get(number: number): RecordedExchange | undefined {
    return this.#exchanges.get(number);
  }

  add(number: number, exchange: RecordedExchange): void {
    if (!this.isOn) return;
    this.#exchanges.set(number, exchange);
    const [oldest] = this.#exchanges.keys();
    if (this.#exchanges.size > LIMIT && oldest !== undefined) this.#exchanges.delete(oldest);
  }

  /** The numbers of the entries that are kept, oldest first. */
  numbers(): number[] {
    return [...this.#exchanges.keys()];
  }
}
