/** How many events are remembered of each kind; beyond that the oldest are forgotten, and count as any other event. */
const maxRemembered = 10_000;
/** The first interval between probes, in ms; it doubles with each that fails. */
const firstInterval = 1_000;
/**
 * How many intervals after a probe its event is due again: after the next probe, so that this one meets another lane,
 * and before the one after it, so that other processes, whose handlers may work, can take it first.
 */
const pauseFactor = 1.2;
/** After how many failed probes an event is a suspect at least: with one each event would be, and be probed at once. */
const leastProbes = 2;
/** How many intervals after a probe that found nothing the next one is made. */
const emptyFactor = 0.5;

/** Options of a circuit. */
export interface CircuitSettings {
  /** How many different events must have failed since the last success; infinite for none to open it. */
  readonly failures: number;
  /** The longest interval between probes with the same event, in ms. */
  readonly maxInterval: number;
  readonly maxAttempts: number;
}

/** What is to become of an event whose attempt failed. */
export interface Verdict {
  readonly willRetry: boolean;
  /** How many attempts count from now on. */
  readonly attempts: number;
  /** After how many ms it is tried again. */
  readonly pause: number;
  /** Whether this failure opened the circuit. */
  readonly opens: boolean;
  /** Whether it was probed so often that another event must show whether it alone is to blame. */
  readonly isSuspect: boolean;
  /** The period that it failed in. */
  readonly period: number;
}

/** An event that has failed since the last success. */
interface Failing {
  /** How many attempts counted before. */
  readonly before: number;
  /** How many the store counts; undefined until it has been told. */
  kept?: number;
  /** Probes with it that failed since the circuit opened, or since another event last failed, too. */
  probes: number;
}

/**
 * Distinguishes an event that cannot be handled from an outage of what all handlers need, by the order of successes and
 * failures. It opens when several different events have failed since the last success: what they failed with says
 * nothing about them. Then their attempts are given back, and one event at a time is tried until one succeeds.
 *
 * It keeps no events and calls nothing.
 */
export class Circuit {
  readonly #settings: CircuitSettings;
  #isOpen = false;
  #interval = 0;
  #probeAt = 0;
  /** Rises with each success that follows a failure. */
  #period = 0;
  readonly #failing = new Map<string, Failing>();
  /** Dead letters since the last success, with their attempts before it. */
  readonly #dead = new Map<string, number>();
  /** By how much the store counts too many attempts of an event. */
  readonly #offsets = new Map<string, number>();
  /** How many times the circuit was open while an event failed, and then another one succeeded. */
  readonly #blamed = new Map<string, number>();
  /** Dead letters to be revived. */
  readonly #revivals = new Set<string>();
  /** How many of these have been counted as given up. */
  #deaths = 0;

  constructor(settings: CircuitSettings) {
    this.#settings = settings;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** How long it is until the next probe, in ms. */
  get timeToProbe(): number {
    return this.#probeAt - performance.now();
  }

  /** Has the next probe made in so many ms. */
  probeIn(milliseconds: number): void {
    this.#probeAt = performance.now() + milliseconds;
  }

  /** The probe said nothing of what handlers need: the next one follows after the same interval. */
  probeAgain(): void {
    this.probeIn(jittered(this.#interval));
  }

  /** No event was due. */
  foundNothing(): void {
    this.probeIn(this.#interval * emptyFactor);
  }

  /** Which attempt this is, from 1, without those that were given back. */
  attemptOf({ id, attempt }: { readonly id: string; readonly attempt: number }): number {
    return Math.max(1, attempt - (this.#offsets.get(id) ?? 0));
  }

  /** Whether an attempt at an event failed that may have been given back. */
  hasFailed(id: string): boolean {
    return this.#failing.has(id) || this.#blamed.has(id);
  }

  /** Notes that handlers were done with an event; returns whether that has closed the circuit. */
  succeeded(id: string): boolean {
    this.#offsets.delete(id);
    this.#blamed.delete(id);
    if (this.#failing.size === 0 && this.#dead.size === 0 && !this.#isOpen) return false;
    const closes = this.#isOpen;
    this.#failing.delete(id);
    if (closes) {
      for (const other of this.#failing.keys()) {
        remember(this.#blamed, other, (this.#blamed.get(other) ?? 0) + 1);
      }
    }
    this.#failing.clear();
    this.#dead.clear();
    this.#isOpen = false;
    this.#period++;
    return closes;
  }

  /** Notes that an attempt at an event failed. */
  failed(id: string, attempt: number, isProbe: boolean): Verdict {
    const { maxAttempts, failures } = this.#settings;
    // It was to blame so often that it gets no more attempts than usual, and shows nothing.
    const isBlamed = (this.#blamed.get(id) ?? 0) >= maxAttempts;
    const failing = this.#failing.get(id) ?? { before: attempt - 1, probes: 0 };
    if (!isBlamed) remember(this.#failing, id, failing);
    const opens = !this.#isOpen && this.#failing.size >= failures;
    if (opens) this.#open();
    let pause = delayAfter(attempt);
    if (isProbe && this.#isOpen) {
      this.#interval = Math.min(2 * this.#interval, this.#longest);
      this.probeAgain();
      failing.probes++;
      pause = this.timeToProbe * pauseFactor;
    }
    const verdict = { pause, opens, period: this.#period };
    if (!this.#isOpen || isBlamed) {
      const willRetry = attempt < maxAttempts;
      return { ...verdict, willRetry, attempts: attempt, isSuspect: false };
    }
    const isSuspect = failing.probes >= Math.max(maxAttempts, leastProbes);
    return { ...verdict, willRetry: true, attempts: failing.before, isSuspect };
  }

  /** Notes that the store counts so many attempts of an event, of which so many should count. */
  kept(id: string, count: number, shouldCount: number): void {
    const failing = this.#failing.get(id);
    if (failing) failing.kept = count;
    const offset = count - (failing && this.#isOpen ? failing.before : shouldCount);
    this.#correct(id, offset);
  }

  /** Notes that an event that failed in this period has become a dead letter; it is revived when it was an outage. */
  died(id: string, period: number): void {
    const failing = this.#failing.get(id);
    if (period !== this.#period || !failing) return;
    remember(this.#dead, id, failing.before);
    if (this.#isOpen) this.#revive();
  }

  /** Has a dead letter revived, with the attempts that it had. */
  revive(id: string): void {
    this.#revivals.add(id);
    // The store counts from the first attempt on.
    this.#correct(id, -(this.#failing.get(id)?.before ?? 0));
  }

  /** The dead letters to be revived now; they are no longer when `revived` is called with them. */
  get revivals(): readonly string[] {
    return [...this.#revivals];
  }

  /** Notes that the store has revived dead letters; returns how many of them an outage had made. */
  revived(ids: readonly string[]): number {
    for (const id of ids) this.#revivals.delete(id);
    const count = this.#deaths;
    this.#deaths = 0;
    return count;
  }

  /** Another event failed as well: the probes with this one show nothing. */
  cleared(id: string): void {
    const failing = this.#failing.get(id);
    if (failing) failing.probes = 0;
  }

  /** The longest interval: a probe that finds nothing comes between two with the same event. */
  get #longest(): number {
    return this.#settings.maxInterval / (1 + emptyFactor);
  }

  #open(): void {
    this.#isOpen = true;
    this.#interval = Math.min(firstInterval, this.#longest);
    this.probeAgain();
    for (const [id, { kept, before }] of this.#failing) {
      if (kept !== undefined) this.#correct(id, kept - before);
    }
    this.#revive();
  }

  #revive(): void {
    for (const id of this.#dead.keys()) this.revive(id);
    this.#deaths += this.#dead.size;
    this.#dead.clear();
  }

  #correct(id: string, offset: number): void {
    if (offset === 0) this.#offsets.delete(id);
    else remember(this.#offsets, id, offset);
  }
}

/** Pause from 0.5 s, doubled each time, up to 5 minutes; shortened at random by up to half, to spread retries. */
function delayAfter(attempt: number): number {
  return Math.min(300_000, 500 * 2 ** attempt) * (1 - Math.random() / 2);
}

/** Shortened at random by up to a quarter, so that processes do not all probe at the same time. */
function jittered(interval: number): number {
  return interval * (1 - Math.random() / 4);
}

function remember<Value>(map: Map<string, Value>, id: string, value: Value): void {
  // Taken out first, so that it is the youngest.
  map.delete(id);
  map.set(id, value);
  const [oldest] = map.keys();
  if (map.size > maxRemembered && oldest !== undefined) map.delete(oldest);
}
