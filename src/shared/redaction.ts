import { isErrorLike } from "../errors/error-like.ts";
import { safeReason, withSafeMessage } from "./store-reason.ts";

const mask = "[redacted]";

/** Credentials of an `Authorization` header, which a server or library may echo. */
const credentials = /\b(bearer|basic)\s+[\w\-.~+/=]{6,}/gi;

/** Replaces secrets in a text. */
type Redactor = (text: string) => string;

/** Replaces every known secret, in all encodings in which it can occur, and everything that resembles one. */
export function redact(text: string, secrets: readonly string[]): string {
  return redactorOf(secrets)(text);
}

/** For many texts: building the expression costs far more than its use on a short text. */
function redactorOf(secrets: readonly string[]): Redactor {
  const forms = new Set(secrets.flatMap(formsOf));
  if (forms.size === 0) return (text) => text.replace(credentials, `$1 ${mask}`);
  // In one pass, longest first: a short form may be part of a longer one, or of the mask.
  const known = [...forms]
    .sort((a, b) => b.length - a.length)
    .map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("|");
  const expression = new RegExp(known, "g");
  return (text) => text.replace(expression, mask).replace(credentials, `$1 ${mask}`);
}

/** Forms of a secret after a server or library has encoded it. */
function formsOf(secret: string): string[] {
  // An empty secret would be found between any two characters.
  if (secret === "") return [];
  const base64 = btoa(secret.replace(/[^\0-\xff]/g, "?"));
  const base64url = base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  return [secret, base64, base64url].flatMap((text) => [
    text,
    encodeURIComponent(text.toWellFormed()),
    new URLSearchParams([["", text]]).toString().slice(1),
    JSON.stringify(text).slice(1, -1),
  ]);
}

/** More than any problem document has, and safe for a recursion. */
const maxNesting = 50;
const maxValues = 10_000;

/**
 * The same for every string inside a JSON value. Undefined when it is nested too deeply or has too many members: a
 * server must not decide how long redaction takes.
 */
export function redactDeep<T>(value: T, secrets: readonly string[]): T | undefined {
  const clean = redactorOf(secrets);
  let left = maxValues;
  const walk = (inner: unknown, depth: number): unknown => {
    // After the limit members are counted, but no longer copied.
    if (--left < 0 || depth > maxNesting) left = -1;
    if (left < 0) return undefined;
    if (typeof inner === "string") return clean(inner);
    if (Array.isArray(inner)) return inner.map((member) => walk(member, depth + 1));
    if (typeof inner === "object" && inner !== null) {
      return Object.fromEntries(
        Object.entries(inner).map(([key, member]) => [clean(key), walk(member, depth + 1)]),
      );
    }
    return inner;
  };
  const copy = walk(value, 0);
  // The shape is kept, only strings change.
  return left < 0 ? undefined : (copy as T);
}

const kept = ["code", "errno", "syscall", "hostname", "address", "port"] as const;
const maxDepth = 4;
/** Limit for an AggregateError, such as one error for each address of a host. */
const maxErrors = 8;
const leftOut = "[left out: it could quote a credential]";

/**
 * A copy of an error that is safe to keep as `cause`: its name, message, stack, system codes and own
 * causes, without the request, response and options that HTTP clients attach, which hold the token.
 */
export function redactCause(error: unknown, secrets: readonly string[]): Error {
  return copyOf(error, redactorOf(secrets), true, 0);
}

/**
 * A copy like that of {@link redactCause}, but without messages: for errors of the host's own code that handles
 * credentials. They may quote a credential that this client has never seen, as JSON.parse quotes its input. The
 * copy shows the kind and place of the failure. Errors of this package's own stores keep their messages, see {@link
 * safeReason}.
 */
export function outlineCause(error: unknown, secrets: readonly string[]): Error {
  return copyOf(error, redactorOf(secrets), false, 0);
}

function copyOf(error: unknown, clean: Redactor, quotes: boolean, depth: number): Error {
  if (!isErrorLike(error)) return new Error(quotes ? clean(describe(error)) : leftOut);
  const { name, stack, cause, errors } = error;
  const isSafe = safeReason(error) !== undefined;
  const message = quotes || isSafe ? clean(error.message) : leftOut;
  const copyInner = (inner: unknown) => copyOf(inner, clean, quotes, depth + 1);
  const copy = new Error(
    message,
    depth < maxDepth && cause !== undefined ? { cause: copyInner(cause) } : undefined,
  );
  if (quotes && typeof stack === "string") copy.stack = clean(stack);
  if (!quotes) {
    const frames =
      String(stack ?? "")
        .replace(error.message, "")
        .match(/^ {4}at .+$/gm) ?? [];
    copy.stack = clean([`${name}: ${message}`, ...frames].join("\n"));
  }
  copy.name = clean(String(name));
  for (const key of kept) {
    const detail: unknown = Reflect.get(error, key);
    if (typeof detail === "string") Object.assign(copy, { [key]: clean(detail) });
    if (typeof detail === "number") Object.assign(copy, { [key]: detail });
  }
  if (depth < maxDepth && Array.isArray(errors)) {
    Object.assign(copy, { errors: errors.slice(0, maxErrors).map(copyInner) });
  }
  return isSafe ? withSafeMessage(copy) : copy;
}

/** The text of a thrown value that is no error. Some objects have none. */
function describe(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
