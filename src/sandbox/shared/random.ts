const LETTERS_AND_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Where streams begin: a sandbox that goes on with the state of an earlier one has a text, which repeats nothing. */
export type Seed = number | string;

/** A stream of pseudo-random values (sfc32): repeatable, not for cryptography. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: Seed, label: string) {
    const text = `${seed}/${label}`;
    this.#a = hash(text, 0x9e3779b9);
    this.#b = hash(text, 0x243f6a88);
    this.#c = hash(text, 0xb7e15162);
    for (let round = 0; round < 12; round++) this.#next();
  }

  /** A number from 0 up to, but not including, 1. */
  fraction(): number {
    return this.#next() / 2 ** 32;
  }

  /** A whole number between the two, both included. */
  integer(least: number, most: number): number {
    return least + Math.floor(this.fraction() * (most - least + 1));
  }

  /** `length` characters drawn from `alphabet`, by default letters and digits. */
  text(length: number, alphabet: string = LETTERS_AND_DIGITS): string {
    const characters = Array.from({ length }, () =>
      alphabet.charAt(this.integer(0, alphabet.length - 1)),
    );
    // Texts that are added up keep their parts, which costs a large fleet more than the texts.
    return characters.join("");
  }

  /** A UUID of version 4. */
  uuid(): string {
    const hex = this.#hex() + this.#hex() + this.#hex() + this.#hex();
    const variant = "89ab".charAt(Number.parseInt(hex.charAt(16), 16) & 3);
    const [low, middle, high] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(13, 16)];
    return [low, middle, `4${high}`, variant + hex.slice(17, 20), hex.slice(20)].join("-");
  }

  /** 32 bits as 8 digits. */
  #hex(): string {
    return this.#next().toString(16).padStart(8, "0");
  }

  #next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }
}

/** FNV-1a with a final mix. */
function hash(text: string, basis: number): number {
  let value = basis;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}

/** The seed to use: the given one after a check, or an unpredictable one. */
export function seedFrom(seed: number | undefined): number {
  if (seed === undefined) {
    const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
    return (high & 0x1fffff) * 2 ** 32 + low;
  }
  if (Number.isSafeInteger(seed) && seed >= 0) return seed;
  throw new RangeError(
    `The sandbox option "seed" must be a whole number, 0 or more, not ${String(seed)}`,
  );
}
