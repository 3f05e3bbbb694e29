import type { Signed } from "./node.ts";

type Key = Awaited<ReturnType<typeof importKey>>;

/** More keys than any rotation needs; beyond that the least recently used one is dropped. */
const maxKeys = 32;

/** Keys by secret: importing a key costs as much as signing with it. */
const keys = new Map<string, Key>();

/** The HMAC-SHA1 of a body, as lower-case hex digits. */
export async function sign(body: Signed, secret: string): Promise<string> {
  return toHex(await crypto.subtle.sign("HMAC", await keyOf(secret), bytesOf(body)));
}

/** The position of the secret that the body was signed with, -1 when it is none of them. */
export async function findSigner(
  body: Signed,
  mac: string,
  secrets: readonly string[],
): Promise<number> {
  const bytes = bytesOf(body);
  const received = Uint8Array.from(mac.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  for (const [index, secret] of secrets.entries()) {
    // It compares in constant time.
    if (await crypto.subtle.verify("HMAC", await keyOf(secret), received, bytes)) return index;
  }
  return -1;
}

/** Returns a function for the SHA-256 of a body, as hex digits. */
export async function digestOf(body: Signed): Promise<() => string> {
  const digest = toHex(await crypto.subtle.digest("SHA-256", bytesOf(body)));
  return () => digest;
}

async function keyOf(secret: string): Promise<Key> {
  // Only finished keys are shared: on Workers a promise ends with the request that made it.
  const key = keys.get(secret) ?? (await importKey(secret));
  // Deleted first, so that the first key is the least recently used one.
  keys.delete(secret);
  keys.set(secret, key);
  const [oldest] = keys.keys();
  if (keys.size > maxKeys && oldest !== undefined) keys.delete(oldest);
  return key;
}

function importKey(secret: string) {
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  return crypto.subtle.importKey("raw", encode(secret), algorithm, false, ["sign", "verify"]);
}

function bytesOf(body: Signed): Uint8Array<ArrayBuffer> {
  // Bytes of fetch and node:http are never in shared memory.
  return typeof body === "string" ? encode(body) : (body as Uint8Array<ArrayBuffer>);
}

/** Makes its encoder when called, so that importing the package needs nothing of the runtime. */
function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function toHex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
