import { safeReason, withSafeMessage } from "../shared/store-reason.ts";

const mask = "[redacted]";

/** Schemes as they stand in an `Authorization` header, wherever a server or library echoes one. */
const credentials = /\b(bearer|basic)\s+[\w\-.~+/=]{6,}/gi;

/** Replaces every known secret, in the encodings in which it can travel, and anything that looks like one. */
export function redact(text: string, secrets: readonly string[]): string {
  const forms = new Set(secrets.flatMap(formsOf));
  if (forms.size === 0) return text.replace(credentials, `$1 ${mask}`);
  // In one pass, the longest first: a short form may be part of a longer one, or of the mask.
  const known = [...forms]
    .sort((a, b) => b.length - a.length)
    .map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("|");
  return text.replace(new RegExp(known, "g"), mask).replace(credentials, `$1 ${mask}`);
}

/** How a secret can look after a server or library has passed it on. */
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

/** The same for every string inside a JSON value. */
export function redactDeep<T>(value: T, secrets: readonly string[]): T {
  const clean = (inner: unknown): unknown => {
    if (typeof inner === "string") return redact(inner, secrets);
    if (Array.isArray(inner)) return inner.map(clean);
    if (typeof inner === "object" && inner !== null) {
      return Object.fromEntries(
        Object.entries(inner).map(([key, member]) => [redact(key, secrets), clean(member)]),
      );
    }
    return inner;
  };
  // The shape is kept, only strings change.
  return clean(value) as T;
}

const kept = ["code", "errno", "syscall", "hostname", "address", "port"] as const;
const maxDepth = 4;
const leftOut = "[left out: it could quote a credential]";

/**
 * A copy of an error that is safe to keep as `cause`: its name, message, stack, system codes and own
 * causes, without the request, response and options that HTTP clients attach, which hold the token.
 */
export function redactCause(error: unknown, secrets: readonly string[], depth = 0): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error), secrets));
  const copy = new Error(
    redact(error.message, secrets),
    causeOf(error, depth, () => redactCause(error.cause, secrets, depth + 1)),
  );
  if (error.stack !== undefined) copy.stack = redact(error.stack, secrets);
  return withDetails(copy, error, secrets);
}

/**
 * A copy like that of {@link redactCause}, but without messages: for errors of the host's own code
 * that handles credentials. They may quote one that this client has never seen, as JSON.parse does
 * with the text in which it fails. What is left tells where and of which kind the failure was. Errors of
 * this package's own stores keep theirs, see {@link safeReason}.
 */
export function outlineCause(error: unknown, secrets: readonly string[], depth = 0): Error {
  if (!(error instanceof Error)) return new Error(leftOut);
  const isSafe = safeReason(error) !== undefined;
  const message = isSafe ? redact(error.message, secrets) : leftOut;
  const copy = new Error(
    message,
    causeOf(error, depth, () => outlineCause(error.cause, secrets, depth + 1)),
  );
  const frames = (error.stack ?? "").replace(error.message, "").match(/^ {4}at .+$/gm) ?? [];
  copy.stack = redact([`${error.name}: ${message}`, ...frames].join("\n"), secrets);
  return withDetails(isSafe ? withSafeMessage(copy) : copy, error, secrets);
}

function causeOf(error: Error, depth: number, copy: () => Error): ErrorOptions | undefined {
  return depth < maxDepth && error.cause !== undefined ? { cause: copy() } : undefined;
}

function withDetails(copy: Error, error: Error, secrets: readonly string[]): Error {
  copy.name = redact(error.name, secrets);
  for (const key of kept) {
    const detail: unknown = Reflect.get(error, key);
    if (typeof detail === "string" || typeof detail === "number") {
      Object.assign(copy, { [key]: typeof detail === "string" ? redact(detail, secrets) : detail });
    }
  }
  return copy;
}
