/** The header value `sha1=<hex>` for a body: HMAC-SHA1 with the secret as text. */
export async function signatureOf(body: Uint8Array<ArrayBuffer>, secret: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  const raw = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey("raw", raw, algorithm, false, ["sign"]);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, body));
  return `sha1=${Array.from(mac, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
