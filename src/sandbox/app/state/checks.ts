import { StateError } from "./state.ts";

/** Reads a value of a file; throws a StateError that names its place when it is not of the type. */
export type Check<T> = (value: unknown, path: string) => T;

export const text: Check<string> = (value, path) => {
  if (typeof value !== "string") throw wrong(path, "a text");
  return value;
};

export const flag: Check<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw wrong(path, "true or false");
  return value;
};

export const number: Check<number> = (value, path) => {
  if (typeof value !== "number") throw wrong(path, "a number");
  return value;
};

/** A whole number, 0 or more. */
export const count: Check<number> = (value, path) => {
  if (!Number.isSafeInteger(value) || number(value, path) < 0) throw wrong(path, "a whole number");
  return number(value, path);
};

/** A time as the API writes it. */
export const time: Check<string> = (value, path) => {
  if (Number.isNaN(Date.parse(text(value, path)))) throw wrong(path, "a time");
  return text(value, path);
};

/** An object whose members are checked elsewhere. */
export const anyObject: Check<Readonly<Record<string, unknown>>> = (value, path) => {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.fromEntries(Object.entries(value));
  }
  throw wrong(path, "an object");
};

/** One of some names. */
export function oneOf<T extends string>(names: readonly T[]): Check<T> {
  return (value, path) => {
    const found = names.find((name) => name === value);
    if (found === undefined) throw wrong(path, `one of ${names.join(", ")}`);
    return found;
  };
}

/** Null, or what the check takes. */
export function nullOr<T>(check: Check<T>): Check<T | null> {
  return (value, path) => (value === null ? null : check(value, path));
}

/** What the check takes, or nothing. */
export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

/** A list whose entries the check takes. */
export function list<T>(check: Check<T>): Check<T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw wrong(path, "a list");
    return value.map((entry: unknown, at) => check(entry, `${path}[${at}]`));
  };
}

/** A list of two. */
export function pair<A, B>(first: Check<A>, second: Check<B>): Check<[A, B]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== 2) throw wrong(path, "a pair");
    return [first(value[0], `${path}[0]`), second(value[1], `${path}[1]`)];
  };
}

/** An object with these members; it has no others in what is returned. */
export function record<T extends object>(
  members: { readonly [K in keyof T]: Check<T[K]> },
): Check<T> {
  const checks = Object.entries<Check<unknown>>(members as Record<string, Check<unknown>>);
  return (value, path) => {
    const given = anyObject(value, path);
    const read = checks.map(([name, check]) => [
      name,
      check(
        Object.hasOwn(given, name) ? given[name] : undefined,
        path === "" ? name : `${path}.${name}`,
      ),
    ]);
    // Each member has been checked to be of the type of its name.
    return Object.fromEntries(read) as T;
  };
}

/** The error of a value that is not what it must be. */
export function wrong(path: string, expected: string): StateError {
  return new StateError(`is damaged: ${path} is not ${expected}`);
}
