import { round } from "../shared/numbers.ts";
import type { Random } from "../shared/random.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** Readings of energy use and supply are constant for this long, in milliseconds. */
export const SLOT: number = 5 * 60_000;

// Homes are near one of these.
const TOWNS = [
  { town: "Oslo", latitude: 59.91, longitude: 10.75, timezone: "Europe/Oslo" },
  { town: "Stockholm", latitude: 59.33, longitude: 18.07, timezone: "Europe/Stockholm" },
  { town: "London", latitude: 51.51, longitude: -0.13, timezone: "Europe/London" },
  { town: "Amsterdam", latitude: 52.37, longitude: 4.9, timezone: "Europe/Amsterdam" },
  { town: "Munich", latitude: 48.14, longitude: 11.58, timezone: "Europe/Berlin" },
] as const;

/** The place of a home, with its sun, weather and household load, all of which depend on the time alone. */
export class Site {
  readonly latitude: number;
  readonly longitude: number;
  readonly timezone: string;
  readonly address: string;
  readonly #noise: number;

  constructor(random: Random) {
    const { town, latitude, longitude, timezone } =
      TOWNS[random.integer(0, TOWNS.length - 1)] ?? TOWNS[0];
    this.latitude = round(latitude + random.integer(-50, 50) / 1000, 3);
    this.longitude = round(longitude + random.integer(-50, 50) / 1000, 3);
    this.timezone = timezone;
    this.address = `${random.integer(1, 120)} Sample Street, ${town}`;
    this.#noise = random.integer(1, 2 ** 31);
  }

  /** Sunshine on a panel between two times, in hours of full sun. */
  sunshine(from: number, to: number): number {
    const [first, last] = [Math.floor(from / SLOT), Math.floor(to / SLOT)];
    // Sunshine is constant within a slot, so that energy is power times time to the millisecond.
    if (first === last) return this.sun(from) * ((to - from) / HOUR);
    const [head, tail] = [(first + 1) * SLOT, last * SLOT];
    const before = this.sun(from) * ((head - from) / HOUR);
    return before + this.#insolation(head, tail) + this.sun(to) * ((to - tail) / HOUR);
  }

  /** Strength of the sun, from 0 to 1; constant within a slot. */
  sun(at: number): number {
    const start = Math.floor(at / SLOT) * SLOT;
    return this.#insolation(start, start + SLOT) / (SLOT / HOUR);
  }

  /** Outdoor temperature, in °C; constant within a slot. */
  outside(at: number): number {
    const solar = this.#solarTime(Math.floor(at / SLOT) * SLOT);
    const year = Math.cos(((dayOfYear(solar) - 200) / 365.25) * 2 * Math.PI);
    const day = Math.cos(((solar % DAY) / DAY - 15 / 24) * 2 * Math.PI);
    const today = this.#random(Math.floor(solar / DAY)) - 0.5;
    return 27 - this.latitude / 3 + 9 * year + 4 * day + 5 * today;
  }

  /** Power of the household apart from the devices of the API, in kW; constant within a slot. */
  load(at: number): number {
    const slot = Math.floor(at / SLOT);
    const hour = (this.#solarTime(slot * SLOT) % DAY) / HOUR;
    const morning = Math.exp(-(((hour - 7.5) / 1.2) ** 2));
    const evening = Math.exp(-(((hour - 19) / 2) ** 2));
    return 0.2 + 0.1 * this.#random(slot) + 0.7 * morning + 1.2 * evening;
  }

  /** The hour of the solar day, from 0 to 24; constant within a slot. */
  hour(at: number): number {
    return (this.#solarTime(Math.floor(at / SLOT) * SLOT) % DAY) / HOUR;
  }

  /** The integral of the height of the sun, dimmed by the clouds of each day, in hours. */
  #insolation(from: number, to: number): number {
    let total = 0;
    let start = this.#solarTime(from);
    const end = this.#solarTime(to);
    while (start < end) {
      const day = Math.floor(start / DAY);
      const stop = Math.min(end, (day + 1) * DAY);
      const clouds = 0.3 + 0.7 * this.#random(day);
      total += clouds * this.#clearSky(day, start - day * DAY, stop - day * DAY);
      start = stop;
    }
    return total;
  }

  /** The same for a part of one day with no clouds: the sine of the sun's elevation while it is up. */
  #clearSky(day: number, from: number, to: number): number {
    const tilt = -23.44 * Math.cos(((dayOfYear(day * DAY) + 10) / 365.25) * 2 * Math.PI);
    const [latitude, declination] = [radians(this.latitude), radians(tilt)];
    const steady = Math.sin(latitude) * Math.sin(declination);
    const swing = Math.cos(latitude) * Math.cos(declination);
    const sunset = Math.acos(Math.min(1, Math.max(-1, -steady / swing)));
    const angle = (time: number) =>
      Math.min(sunset, Math.max(-sunset, (time / DAY) * 2 * Math.PI - Math.PI));
    const [a, b] = [angle(from), angle(to)];
    return Math.max(0, steady * (b - a) + swing * (Math.sin(b) - Math.sin(a))) * (12 / Math.PI);
  }

  /** The local solar time, as a timestamp of UTC. */
  #solarTime(at: number): number {
    return at + (this.longitude / 360) * DAY;
  }

  /** A number from 0 to 1 that belongs to this site and a whole number. */
  #random(index: number): number {
    let value = Math.imul(index ^ this.#noise, 0x9e3779b1);
    value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
    value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
    return ((value ^ (value >>> 16)) >>> 0) / 2 ** 32;
  }
}

const radians = (degrees: number) => (degrees / 180) * Math.PI;

/** Days since the year began, near enough for the sun. */
const dayOfYear = (at: number) => (at / DAY + 0.5) % 365.2425;
