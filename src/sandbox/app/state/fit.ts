import { wrong } from "./checks.ts";

/**
 * A value of a file in the shape of one that is known: members that the file lacks are as in that one, members that are
 * not known are left out. What is as it was stays the same object: devices share some.
 */
export function fitTo<T>(known: T, saved: unknown, path: string): T {
  // Each member has the type of the known one, or is null where the API allows that.
  return fitted(known, saved, path) as T;
}

function fitted(known: unknown, saved: unknown, path: string): unknown {
  if (saved === undefined) return known;
  if (typeof known !== "object" || known === null) {
    const isFit = known === null || saved === null || typeof saved === typeof known;
    if (!isFit) throw wrong(path, `a ${typeof known}`);
    return saved;
  }
  if (Array.isArray(known)) return fitList(known, saved, path);
  // Only ranges of set points may be missing.
  if (saved === null && "min" in known) return saved;
  if (typeof saved !== "object" || saved === null || Array.isArray(saved)) {
    throw wrong(path, "an object");
  }
  const given = new Map<string, unknown>(Object.entries(saved));
  const members = Object.entries(known).map(([name, value]): [string, unknown, unknown] => [
    name,
    value,
    fitted(value, given.get(name), `${path}.${name}`),
  ]);
  if (members.every(([, before, after]) => before === after)) return known;
  return Object.fromEntries(members.map(([name, , value]) => [name, value]));
}

/** Every list of a device is one of texts. */
function fitList(known: readonly unknown[], saved: unknown, path: string): unknown {
  if (saved === null) return saved;
  if (!Array.isArray(saved) || !saved.every((entry) => typeof entry === "string")) {
    throw wrong(path, "a list of texts");
  }
  return saved.length === 0 && known.length === 0 ? known : saved;
}
