import { builtin } from "../builtin.ts";

/** A signed body: as it arrived, or as text that was made of it. */
export type Signed = string | Uint8Array;

/** Hashing, by node:crypto or WebCrypto. */
export interface Hmac {
  sign(body: Signed, secret: string): string | Promise<string>;
  findSigner(body: Signed, mac: string, secrets: readonly string[]): number | Promise<number>;
  digestOf(body: Signed, text: () => string): (() => string) | Promise<() => string>;
}

// Set before any of the functions below is handed out.
let crypto: typeof import("node:crypto");
// Used again and again, and only within one synchronous step: new ones would cost more than comparing.
let expected: Buffer;
let received: Buffer;

/**
 * Hashing by node:crypto, which is 3 times as fast as WebCrypto on small deliveries; undefined where there is none.
 */
export function nodeHmac(): Hmac | undefined {
  crypto ??= builtin("node:crypto") as typeof crypto;
  // A Buffer of any content will do, and not every runtime has them by a global name.
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
 * @param mac 40 lower-case hex digits. They are compared as they are: to decode them would only cost time.
 */
function findSigner(body: Signed, mac: string, secrets: readonly string[]): number {
  received.write(mac);
  return secrets.findIndex((secret) => {
    expected.write(sign(body, secret));
    return crypto.timingSafeEqual(expected, received);
  });
}

/**
 * Gives the SHA-256 of a body, as hex digits; worked out when it is first asked for, and so from the text:
 * by then others may have written over the bytes.
 */
function digestOf(_body: Signed, text: () => string): () => string {
  let digest: string | undefined;
  return () => {
    digest ??= crypto.createHash("sha256").update(text()).digest("hex");
    return digest;
  };
}
