// Registered, so that the ESM and the CJS build of this package in one process recognise each other.
const safe = /* @__PURE__ */ Symbol.for("enode-sdk.storage.safe-message");

/**
 * Marks an error whose message holds no values, no credentials and no address, so that a wrapping error may quote
 * it. Only for messages that this package wrote, or knows word by word.
 */
export function withSafeMessage<E extends Error>(error: E): E {
  return Object.defineProperty(error, safe, { value: true });
}

/**
 * Why a store failed, as part of a sentence, without a full stop. Undefined for errors of the host's own stores and
 * of drivers, whose messages may quote values.
 */
export function safeReason(error: unknown): string | undefined {
  // Not by `instanceof`: the error may come from another realm.
  const { [safe]: isSafe, message } = Object(error) as { [safe]?: unknown; message?: unknown };
  return isSafe === true && typeof message === "string" ? message.replace(/\.+$/, "") : undefined;
}

/** The code of errors of this package's own stores after they were closed: a retry cannot help. */
export const closedCode = "closed";
