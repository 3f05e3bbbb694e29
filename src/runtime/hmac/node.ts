import { builtin } from "../builtin.ts";

/** A signed body: its bytes, or its text. */
export type Signed = string | Uint8Array;

/** Hashing, by node:crypto or WebCrypto. */
export interface Hmac {
  sign(body: Signed, secret: string): string | Promise<string>;
  findSigner(body: Signed, mac: string, secrets: readonly string[]): number | Promise<number>;
  digestOf(body: Signed, text: () => string): (() => string) | Promise<() => string>;
}

// Set before any of the functions below is returned.
let crypto: typeof import("node:crypto");
// Reused, and only within one synchronous step: new ones would cost more than the comparison.
let expected: Buffer;
let received: Buffer;

/**
 * Hashing by node:crypto, which is 3 times as fast as WebCrypto on small deliveries; undefined where there is none.
 */
export function nodeHmac(): Hmac | undefined {
  crypto ??= builtin("node:crypto") as typeof crypto;
  // A Buffer of any content; not every runtime has a global `Buffer`.
  expected ??= crypto?.randomBytes(40);
  received ??= crypto?.randomBytes(40);
  return crypto && { sign, findSigner, digestOf };
}

/** The HMAC-SHA1 of a body, as lower-case hex digits. */
function sign(body: Signed, secret: string): string {
  return crypto.createHmac("sha1", secret).update(body).digest("hex");
}

/**
 * The position of the secret that the body was signed with, -1 when it is none of them.
 *
 * @param mac 40 lower-case hex digits. They are compared as text: decoding them would only cost time.
 */
function findSigner(body: Signed, mac: string, secrets: readonly string[]): number {
  received.write(mac);
  return secrets.findIndex((secret) => {
    expected.write(sign(body, secret));
    return crypto.timingSafeEqual(expected, received);
  });
}

/**
 * Returns a function for the SHA-256 of a body, as hex digits. It is computed on the first call, and so from the
 * text: by then the bytes may have been overwritten.
 */
function digestOf(_body: Signed, text: () => string): () => string {
  let digest: string | undefined;
  return () => {
    digest ??= crypto.createHash("sha256").update(text()).digest("hex");
    return digest;
  };
}
