/** What a case found to be different from what was promised. */
export class Finding extends Error {}

/** Longest text of a value in a message. */
const maxLength = 400;

/** Fails unless both are the same, all the way down. A field that is undefined is as good as none. */
export function expectSame(what: string, found: unknown, expected: unknown): void {
  if (isSame(found, expected)) return;
  throw new Finding(`${what}: expected ${textOf(expected)}, found ${textOf(found)}`);
}

/** Fails unless the condition holds, which `what` says in words. */
export function expectThat(what: string, condition: boolean): void {
  if (!condition) throw new Finding(`${what}: this is not so`);
}

/** Fails unless the call throws or rejects. */
export async function expectRefusal(what: string, call: () => Promise<unknown>): Promise<void> {
  let found: unknown;
  try {
    found = await call();
  } catch {
    return;
  }
  throw new Finding(`${what}: expected a rejection, found ${textOf(found)}`);
}

/**
 * What is left of a value that its caller has lost. Of the type that fits everywhere, as untyped callers are whom
 * this is about.
 */
export const lostValues: readonly never[] = [undefined, null, ""] as unknown as readonly never[];

/** The same, as a name for messages. */
export function nameOf(lost: unknown): string {
  return lost === "" ? "an empty text" : String(lost);
}

/** Also for one of another realm, as Jest and node:vm make them, of which no instanceof knows. */
export function isError(value: unknown): value is Error {
  return Object.prototype.toString.call(value) === "[object Error]";
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a) && a.length !== (b as unknown as unknown[]).length) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isSame(a[key], b[key]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function textOf(value: unknown): string {
  const text = isError(value)
    ? `the error "${value.message}"`
    : (JSON.stringify(value, (_key, part) => (typeof part === "bigint" ? `${part}n` : part)) ??
      String(value));
  return text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
}
