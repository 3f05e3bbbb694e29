import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { isConfigurationError, isStoreError, type StoreError } from "../../../src/errors/index.ts";
import { tokenStoreCases } from "../../../src/storage/conformance/token-store.ts";
import type { TokenStore } from "../../../src/storage/contracts/index.ts";
import type { TokenEncryptionKey } from "../../../src/storage/encrypted/records.ts";
import { encryptedTokenStore } from "../../../src/storage/encrypted/token-store.ts";
import { memoryTokenStore } from "../../../src/storage/memory/token-store.ts";

interface Vector {
  id: string;
  key: string;
  name: string;
  token: string;
  record: string;
}

const vectors: Vector[] = JSON.parse(
  readFileSync(new URL("./vectors/encrypted-tokens.json", import.meta.url), "utf8"),
);
const first = { id: "first", key: new Uint8Array(32).fill(1) };
const second = { id: "second", key: new Uint8Array(32).fill(2) };
const token = "a-token-that-nobody-may-see";
const expiresAt = 1_767_225_600_123;

/** A store over one in memory, and what it reported. */
function setUp(keys: readonly TokenEncryptionKey[] = [first], inner = memoryTokenStore(Date.now)) {
  const errors: StoreError[] = [];
  const onError = (error: StoreError) => void errors.push(error);
  return { inner, errors, store: encryptedTokenStore(inner, { keys, onError }) };
}

/** What the inner store holds. */
async function recordIn(inner: TokenStore, key = "key"): Promise<string> {
  return (await inner.get(key))?.token ?? "";
}

function errorOf(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
}

/** With one character in the middle of one of its parts changed. */
function tampered(record: string, part: number): string {
  const parts = record.split(".");
  const text = parts[part] ?? "";
  const middle = Math.floor(text.length / 2);
  parts[part] = text.slice(0, middle) + (text[middle] === "A" ? "B" : "A") + text.slice(middle + 1);
  return parts.join(".");
}

describe("an encrypted token store keeps the promises of every token store", () => {
  it.each(tokenStoreCases)("$name", async ({ run }) => {
    await run(({ now }) => encryptedTokenStore(memoryTokenStore(now), { keys: [first, second] }));
  });
});

describe("an encrypted token", () => {
  it.each(vectors)("is read as $id of another implementation wrote it", async (vector) => {
    const { store, inner, errors } = setUp([vector]);
    await inner.set(vector.name, vector.record, { expiresAt });

    expect(await store.get(vector.name)).toEqual({ token: vector.token, expiresAt });
    expect(errors).toEqual([]);
  });

  it("is written so that another implementation reads it", async () => {
    const { store, inner } = setUp();
    await store.set("production:ü", token, { expiresAt });

    const record = await recordIn(inner, "production:ü");
    const [version, id, nonce = "", sealed = ""] = record.split(".");
    const bytes = Buffer.from(sealed, "base64url");
    const decipher = createDecipheriv("aes-256-gcm", first.key, Buffer.from(nonce, "base64url"));
    decipher.setAAD(Buffer.from("v1.first.production:ü"));
    decipher.setAuthTag(bytes.subarray(-16));
    expect([version, id]).toEqual(["v1", "first"]);
    expect(
      decipher.update(bytes.subarray(0, -16), undefined, "utf8") + decipher.final("utf8"),
    ).toBe(token);
  });

  it("shows nothing of the token, and its end as it is", async () => {
    const { store, inner } = setUp();
    await store.set("key", token, { expiresAt });

    const kept = await inner.get("key");
    expect(kept?.token).toMatch(/^v1\.first\.[\w-]{16}\.[\w-]+$/);
    expect(kept?.expiresAt).toBe(expiresAt);
  });

  it("is another record each time that it is written", async () => {
    const { store, inner } = setUp();
    const records = new Set<string>();
    for (let n = 0; n < 100; n++) {
      await store.set("key", token, { expiresAt });
      records.add((await recordIn(inner)).split(".")[2] ?? "");
    }
    expect(records.size).toBe(100);
  });
});

describe("keys of an encrypted token store", () => {
  it("take turns: the first one writes, all read", async () => {
    const inner = memoryTokenStore(Date.now);
    await setUp([first], inner).store.set("key", token, { expiresAt });
    const both = setUp([second, first], inner);
    expect((await both.store.get("key"))?.token).toBe(token);

    const options = { expiresAt, ifUnchanged: token };
    expect(await both.store.set("key", "next", options)).toBe(true);

    const after = setUp([second], inner);
    expect((await after.store.get("key"))?.token).toBe("next");
    expect([...both.errors, ...after.errors]).toEqual([]);
  });

  it("may be base64 of 32 bytes", async () => {
    const inner = memoryTokenStore(Date.now);
    const key = Buffer.from(first.key).toString("base64");
    await setUp([{ id: "first", key }], inner).store.set("key", token, { expiresAt });

    expect((await setUp([first], inner).store.get("key"))?.token).toBe(token);
  });

  it("may be overwritten by the caller afterwards", async () => {
    const { inner, store } = setUp();
    await store.set("key", token, { expiresAt });
    const mine = { id: "first", key: first.key.slice() };
    const other = setUp([mine], inner);
    mine.key.fill(0);

    expect((await other.store.get("key"))?.token).toBe(token);
  });

  const secret = randomBytes(32);
  it.each([
    ["no list", undefined],
    ["an empty list", []],
    ["an entry that is none", [null]],
    ["no id", [{ key: secret }]],
    ["an id with a dot", [{ id: "a.b", key: secret }]],
    ["an id that is too long", [{ id: "a".repeat(65), key: secret }]],
    ["two entries of one id", [first, { id: "first", key: secret }]],
    ["31 bytes", [{ id: "a", key: secret.subarray(1) }]],
    ["33 bytes", [{ id: "a", key: Buffer.concat([secret, secret.subarray(0, 1)]) }]],
    ["hex digits", [{ id: "a", key: secret.toString("hex") }]],
    ["a text of 32 characters", [{ id: "a", key: secret.toString("hex").slice(32) }]],
    ["no base64", [{ id: "a", key: `${secret.toString("base64")}!` }]],
    ["an array of numbers", [{ id: "a", key: [...secret] }]],
  ])("are refused without being shown: %s", (_what, keys) => {
    const error = errorOf(() =>
      encryptedTokenStore(memoryTokenStore(Date.now), { keys: keys as TokenEncryptionKey[] }),
    );

    expect(isConfigurationError(error)).toBe(true);
    const shown = inspect(error, { depth: 9 });
    for (const form of ["hex", "base64"] as const) {
      expect(shown).not.toContain(secret.toString(form).slice(0, 16));
      expect(shown).not.toContain(secret.toString(form).slice(-16));
    }
  });
});

describe("a record that cannot be read", () => {
  const unreadable: [string, (record: string) => string | Promise<string>][] = [
    ["a token that is not encrypted", () => "plain-token"],
    ["nothing", () => ""],
    ["a later version", (record) => record.replace("v1", "v2")],
    ["a changed key ID", (record) => record.replace("first", "second")],
    ["an unknown key ID", (record) => record.replace("first", "third")],
    ["a changed nonce", (record) => tampered(record, 2)],
    ["a changed ciphertext", (record) => tampered(record, 3)],
    ["a record that is cut off", (record) => record.slice(0, -8)],
    [
      "no more than a tag",
      (record) => record.split(".").slice(0, 3).concat("A".repeat(22)).join("."),
    ],
    [
      "impossible base64",
      (record) => `${record.split(".").slice(0, 3).join(".")}.${"A".repeat(25)}`,
    ],
    [
      "a record of another key of the store",
      async () => {
        const { inner, store } = setUp();
        await store.set("other", token, { expiresAt });
        return recordIn(inner, "other");
      },
    ],
    [
      "no authenticated data",
      () => {
        const nonce = randomBytes(12);
        const cipher = createCipheriv("aes-256-gcm", first.key, nonce);
        const sealed = Buffer.concat([cipher.update(token), cipher.final(), cipher.getAuthTag()]);
        return `v1.first.${nonce.toString("base64url")}.${sealed.toString("base64url")}`;
      },
    ],
  ];

  /** A store in which a record has been replaced. */
  async function broken(change: (record: string) => string | Promise<string>) {
    const set = setUp([first, second]);
    await set.store.set("key", token, { expiresAt });
    const record = await change(await recordIn(set.inner));
    await set.inner.set("key", record, { expiresAt });
    return { ...set, record };
  }

  it.each(unreadable)("is absent, and reported once: %s", async (_what, change) => {
    const { store, errors, record } = await broken(change);

    expect(await store.get("key")).toBeUndefined();
    expect(await store.get("key")).toBeUndefined();
    expect(await store.set("key", "next", { expiresAt, ifUnchanged: token })).toBe(false);

    expect(errors).toHaveLength(1);
    const [error] = errors;
    expect(isStoreError(error)).toBe(true);
    expect(error).toMatchObject({ store: "tokenStore", method: "get" });
    const shown = inspect(error, { depth: 9 }) + JSON.stringify(error);
    expect(shown).not.toContain(token);
    if (record !== "") expect(shown).not.toContain(record);
  });

  it.each(unreadable)("gives way to a new token: %s", async (_what, change) => {
    const { store } = await broken(change);

    expect(await store.set("key", "next", { expiresAt, ifUnchanged: null })).toBe(true);
    expect(await store.get("key")).toEqual({ token: "next", expiresAt });
  });

  it("gives way only as long as it is there", async () => {
    const { inner, store } = await broken(() => "plain-token");
    const { get } = inner;
    vi.spyOn(inner, "get").mockImplementationOnce(async (key) => {
      const kept = await get(key);
      // Another process is faster.
      await inner.set(key, "something else", { expiresAt });
      return kept;
    });

    expect(await store.set("key", "next", { expiresAt, ifUnchanged: null })).toBe(false);
    expect(await recordIn(inner)).toBe("something else");
  });

  it("is reported again when it is another one, or has come back", async () => {
    const { inner, store, errors } = setUp();
    for (const record of ["one", "two"]) {
      await inner.set("key", record, { expiresAt });
      await store.get("key");
    }
    await store.set("key", token, { expiresAt });
    await store.get("key");
    await inner.set("key", "two", { expiresAt });
    await store.get("key");
    expect(errors).toHaveLength(3);
  });

  it("is absent also when nobody listens, or who does throws", async () => {
    const inner = memoryTokenStore(Date.now);
    await inner.set("key", "plain-token", { expiresAt });
    const onError = vi.fn(() => {
      throw new Error("of the host");
    });

    const keys = [first];
    expect(await encryptedTokenStore(inner, { keys }).get("key")).toBeUndefined();
    expect(await encryptedTokenStore(inner, { keys, onError }).get("key")).toBeUndefined();
    expect(onError).toHaveBeenCalledOnce();
  });
});

describe("the inner store", () => {
  it("decides between two who replace the same token at the same time", async () => {
    const { inner, store } = setUp();
    await store.set("key", token, { expiresAt });
    const { get } = inner;
    vi.spyOn(inner, "get").mockImplementationOnce(async (key) => {
      const kept = await get(key);
      await setUp([first], inner).store.set(key, "theirs", { expiresAt });
      return kept;
    });

    expect(await store.set("key", "mine", { expiresAt, ifUnchanged: token })).toBe(false);
    expect((await store.get("key"))?.token).toBe("theirs");
  });

  it("lends its leases, or has none to lend", async () => {
    const { store, inner } = setUp();
    const lease = await store.lease?.("key", 60_000);
    expect(await inner.lease?.("key", 60_000)).toBeUndefined();
    await lease?.release();
    expect(await inner.lease?.("key", 60_000)).toBeDefined();

    const { get, set, delete: remove } = inner;
    expect("lease" in setUp([first], { get, set, delete: remove }).store).toBe(false);
  });

  it("keeps its `this`", async () => {
    class Own implements TokenStore {
      readonly #inner = memoryTokenStore(Date.now);
      get = (key: string) => this.#inner.get(key);
      set = (
        key: string,
        text: string,
        options: { expiresAt: number; ifUnchanged?: string | null },
      ) => this.#inner.set(key, text, options);
      delete = (key: string) => this.#inner.delete(key);
      async lease(key: string, ttl: number) {
        return this.#inner.lease?.(key, ttl);
      }
    }

    expect(await setUp([first], new Own()).store.lease?.("key", 60_000)).toBeDefined();
  });

  it("may fail, which fails the call", async () => {
    const { inner, store, errors } = setUp();
    vi.spyOn(inner, "get").mockRejectedValue(new Error("down"));

    await expect(store.get("key")).rejects.toThrow("down");
    await expect(store.set("key", token, { expiresAt, ifUnchanged: null })).rejects.toThrow("down");
    expect(errors).toEqual([]);
  });
});
