const mask = "[redacted]";

/** Schemes as they stand in an `Authorization` header, wherever a server or library echoes one. */
const credentials = /\b(bearer|basic)\s+[\w\-.~+/=]{6,}/gi;

/** Replaces every known secret, in the encodings in which it can travel, and anything that looks like one. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) {
    // An empty secret would be found between any two characters.
    if (secret === "") continue;
    for (const form of [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)]) {
      clean = clean.replaceAll(form, mask);
    }
  }
  return clean.replace(credentials, `$1 ${mask}`);
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

/**
 * A copy of an error that is safe to keep as `cause`: its name, message, stack, system codes and own
 * causes, without the request, response and options that HTTP clients attach, which hold the token.
 */
export function redactCause(error: unknown, secrets: readonly string[], depth = 0): Error {
  if (!(error instanceof Error)) return new Error(redact(String(error), secrets));
  const nested = depth < maxDepth && error.cause !== undefined;
  const copy = new Error(
    redact(error.message, secrets),
    nested ? { cause: redactCause(error.cause, secrets, depth + 1) } : undefined,
  );
  copy.name = error.name;
  if (error.stack !== undefined) copy.stack = redact(error.stack, secrets);
  for (const key of kept) {
    const detail: unknown = Reflect.get(error, key);
    if (typeof detail === "string" || typeof detail === "number") {
      Object.assign(copy, { [key]: typeof detail === "string" ? redact(detail, secrets) : detail });
    }
  }
  return copy;
}
