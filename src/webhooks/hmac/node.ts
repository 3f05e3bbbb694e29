import crypto from "node:crypto";

/** A signed body: as it arrived, or as text that was made of it. */
export type Signed = string | Uint8Array;

/** The HMAC-SHA1 of a body, as lower-case hex digits. */
export function sign(body: Signed, secret: string): string {
  return crypto.createHmac("sha1", secret).update(body).digest("hex");
}

// Used again and again, and only within one synchronous step: new ones would cost more than comparing. Made
// when they are needed: nothing of the runtime is, when the package is imported.
let buffers: { expected: Buffer; received: Buffer } | undefined;

/**
 * The position of the secret that the body was signed with, -1 when it is none of them.
 *
 * @param mac 40 lower-case hex digits. They are compared as they are: to decode them would only cost time.
 */
export function findSigner(body: Signed, mac: string, secrets: readonly string[]): number {
  buffers ??= { expected: Buffer.alloc(40), received: Buffer.alloc(40) };
  const { expected, received } = buffers;
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
export function digestOf(_body: Signed, text: () => string): () => string {
  let digest: string | undefined;
  return () => {
    digest ??= crypto.createHash("sha256").update(text()).digest("hex");
    return digest;
  };
}
