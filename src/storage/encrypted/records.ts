import { ConfigurationError } from "../../errors/index.ts";

/** A key to encrypt tokens with. */
export interface TokenEncryptionKey {
  /** Says in each record which key it needs: 1 to 64 of `A-Z`, `a-z`, `0-9`, `-` and `_`. Never give it to another key. */
  id: string;
  /** 32 random bytes, or the base64 of them, as from `openssl rand -base64 32`. */
  key: Uint8Array | string;
}

/** A record cannot be read. The reason is part of a message, and says nothing of what is in the record. */
export class UnreadableRecord extends Error {}

// Not `CryptoKey`: without the types of browsers, that name is not a global one.
type Key = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

const version = "v1";
const record = /^v1\.([\w-]{1,64})\.([\w-]{16})\.([\w-]{22,})$/;
const nonceBytes = 12;
const keyBytes = 32;

/**
 * Encrypts texts with AES-256-GCM: `v1.<key ID>.<nonce>.<ciphertext and tag>`, the last two in base64url. The
 * additional authenticated data is `v1.<key ID>.<name>`, so that a record is of no use under another name.
 */
export class Sealer {
  readonly #keys = new Map<string, () => Promise<Key>>();
  readonly #current: string;

  /** @throws ConfigurationError for keys that cannot work. It does not show them. */
  constructor(keys: readonly TokenEncryptionKey[]) {
    if (!Array.isArray(keys) || keys.length === 0) throw invalidKeys("must name at least one key");
    for (const [index, entry] of keys.entries()) {
      const { id, key } = Object(entry) as Partial<TokenEncryptionKey>;
      if (typeof id !== "string" || !/^[\w-]{1,64}$/.test(id)) {
        throw invalidKeys(`has an entry (${index}) whose id is not 1 to 64 of A-Z a-z 0-9 - _`);
      }
      if (this.#keys.has(id)) throw invalidKeys(`has two entries with the id ${id}`);
      const bytes = bytesOf(key);
      if (bytes?.length !== keyBytes) {
        throw invalidKeys(`has an entry (${index}) whose key is not ${keyBytes} bytes, or base64`);
      }
      this.#keys.set(id, once(bytes));
    }
    [this.#current = ""] = this.#keys.keys();
  }

  async seal(name: string, text: string): Promise<string> {
    const id = this.#current;
    const iv = crypto.getRandomValues(new Uint8Array(nonceBytes));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: utf8(`${version}.${id}.${name}`) },
      await this.#key(id),
      utf8(text),
    );
    return [version, id, toBase64Url(iv), toBase64Url(new Uint8Array(sealed))].join(".");
  }

  /** @throws UnreadableRecord */
  async open(name: string, sealed: string): Promise<string> {
    const [, id = "", nonce = "", ciphertext = ""] = record.exec(sealed) ?? [];
    if (ciphertext === "") throw new UnreadableRecord("is not one of encryptedTokenStore");
    const key = await this.#key(id);
    const iv = fromBase64(fromBase64Url(nonce));
    const bytes = fromBase64(fromBase64Url(ciphertext));
    if (!iv || !bytes) throw new UnreadableRecord("is not one of encryptedTokenStore");
    const options = { name: "AES-GCM", iv, additionalData: utf8(`${version}.${id}.${name}`) };
    try {
      return new TextDecoder().decode(await crypto.subtle.decrypt(options, key, bytes));
    } catch {
      throw new UnreadableRecord("was changed, or kept for another key of the store");
    }
  }

  async #key(id: string): Promise<Key> {
    const key = this.#keys.get(id);
    if (!key) throw new UnreadableRecord("was encrypted with a key that is not among keys");
    return key();
  }
}

function invalidKeys(what: string): ConfigurationError {
  return new ConfigurationError(`keys ${what}.`, { parameter: "keys" });
}

/** A copy, as callers may overwrite theirs. */
function bytesOf(key: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof key === "string") return fromBase64(key);
  // By its name: one of another realm is no instance of this one's. Not slice(), which a Buffer has without a copy.
  const isBytes = Object.prototype.toString.call(key) === "[object Uint8Array]";
  return isBytes ? Uint8Array.from(key as Uint8Array) : undefined;
}

/** Imports a key when it is needed for the first time. */
function once(bytes: Uint8Array<ArrayBuffer>): () => Promise<Key> {
  let imported: Promise<Key> | undefined;
  return () => {
    imported ??= crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
    return imported;
  };
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function toBase64Url(bytes: Uint8Array): string {
  // One by one: as arguments of one call, long texts would be too many.
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64Url(text: string): string {
  return text.replaceAll("-", "+").replaceAll("_", "/");
}

/** Undefined for what is no base64. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
