import type { Reading, Sample } from "./reading.ts";

/** The most samples of a device. */
export const MOST_SAMPLES = 600;

/** How far a level in % or a temperature in °C may lie from the line of the samples that are kept. */
const TOLERANCE = 0.005;

// The columns of a row.
const WIDTH = 6;
const [AT, POWER, LEVEL, TEMPERATURE, HEAT, COOL] = [0, 1, 2, 3, 4, 5] as const;
/** What is constant between two samples; levels and temperatures lie on a line. */
const STEPS = [POWER, HEAT, COOL] as const;
const LINES = [LEVEL, TEMPERATURE] as const;

const FIRST_ROOM = 8;

/**
 * The last samples of a device, in few bytes: numbers in rows, NaN for what is unknown. A sample that lies on the line
 * between its neighbours is left out, so that the samples do not depend on how often the device is read.
 */
export class Samples {
  #numbers = new Float64Array(FIRST_ROOM * WIDTH);
  #start = 0;
  #length = 0;
  /** Whether the last sample only prolongs the line from the one before. */
  #isLoose = false;
  /** The slopes of the lines from the sample before the last that pass all that was left out since. */
  readonly #slopes = { [LEVEL]: { least: 0, most: 0 }, [TEMPERATURE]: { least: 0, most: 0 } };

  /** Adds what was read at a time, which is not before the last one. */
  add(time: number, reading: Reading): void {
    const last = this.#length - 1;
    const at = last < 0 ? time : Math.max(time, this.#get(last, AT));
    const row = rowOf(at, reading);
    if (last < 0) {
      this.#push(row);
    } else if (this.#get(last, AT) === at) {
      this.#correct(last, row);
    } else {
      const isStraight = this.#isLoose && LINES.every((line) => this.#isStraight(line, row));
      const goesOn = this.#goesOn(last, row);
      if (isStraight) this.#set(last, row);
      else this.#push(row);
      this.#isLoose = goesOn;
      if (goesOn) this.#narrow(!isStraight);
    }
  }

  /** All samples, oldest first. Two at the same time are a jump. */
  list(): Sample[] {
    return Array.from({ length: this.#length }, (_, index) => {
      const value = (column: number) => {
        const number = this.#get(index, column);
        return Number.isNaN(number) ? null : number;
      };
      return {
        at: this.#get(index, AT),
        power: value(POWER),
        level: value(LEVEL),
        temperature: value(TEMPERATURE),
        heatSetpoint: value(HEAT),
        coolSetpoint: value(COOL),
      };
    });
  }

  /** Takes in another sample at the time of the last one. */
  #correct(last: number, row: Row): void {
    const isJump = LINES.some((line) => isFar(this.#get(last, line), row[line]));
    const hasJumped = last > 0 && this.#get(last - 1, AT) === row[AT];
    if (isJump && !hasJumped) {
      this.#push(row);
      return;
    }
    // Power that changes at the end of a line begins another one there.
    if (STEPS.some((step) => !Object.is(this.#get(last, step), row[step]))) this.#isLoose = false;
    this.#set(last, row);
  }

  /** Whether nothing but a line goes on since the last sample. */
  #goesOn(last: number, row: Row): boolean {
    return (
      STEPS.every((step) => Object.is(this.#get(last, step), row[step])) &&
      LINES.every((line) => Number.isNaN(this.#get(last, line)) === Number.isNaN(row[line]))
    );
  }

  /** Whether the last sample may be left out before this one: it lies on the line to it. */
  #isStraight(line: (typeof LINES)[number], row: Row): boolean {
    const [from, to] = [this.#get(this.#length - 2, line), row[line]];
    // Nothing was known, so that nothing is lost.
    if (Number.isNaN(from)) return true;
    const slope = (to - from) / (row[AT] - this.#get(this.#length - 2, AT));
    const slopes = this.#slopes[line];
    return slope >= slopes.least && slope <= slopes.most;
  }

  /** Keeps the lines from the sample before the last that are near the last. */
  #narrow(isNew: boolean): void {
    const last = this.#length - 1;
    const passed = this.#get(last, AT) - this.#get(last - 1, AT);
    for (const line of LINES) {
      const rise = this.#get(last, line) - this.#get(last - 1, line);
      const [least, most] = [(rise - TOLERANCE) / passed, (rise + TOLERANCE) / passed];
      const { [line]: before } = this.#slopes;
      this.#slopes[line] = isNew
        ? { least, most }
        : { least: Math.max(before.least, least), most: Math.min(before.most, most) };
    }
  }

  #push(row: Row): void {
    const room = this.#numbers.length / WIDTH;
    if (this.#length === MOST_SAMPLES) {
      this.#start = (this.#start + 1) % MOST_SAMPLES;
      this.#length -= 1;
    } else if (this.#length === room) {
      // Until it is full it begins at the first row.
      const more = new Float64Array(Math.min(MOST_SAMPLES, room * 2) * WIDTH);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    this.#length += 1;
    this.#isLoose = false;
    this.#set(this.#length - 1, row);
  }

  #get(index: number, column: number): number {
    return this.#numbers[this.#offset(index) + column] ?? Number.NaN;
  }

  #set(index: number, row: Row): void {
    this.#numbers.set(row, this.#offset(index));
  }

  #offset(index: number): number {
    return ((this.#start + index) % (this.#numbers.length / WIDTH)) * WIDTH;
  }
}

type Row = readonly [number, number, number, number, number, number];

function rowOf(at: number, reading: Reading): Row {
  const { power, level, temperature, heatSetpoint, coolSetpoint } = reading;
  const number = (value: number | null | undefined) => value ?? Number.NaN;
  return [
    at,
    number(power),
    number(level),
    number(temperature),
    number(heatSetpoint),
    number(coolSetpoint),
  ];
}

/** Whether a known value jumps to another one, or is no longer known. */
function isFar(from: number, to: number): boolean {
  return !Number.isNaN(from) && !(Math.abs(from - to) <= TOLERANCE);
}
