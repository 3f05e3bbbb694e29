import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { isConfigurationError } from "../../../src/errors/index.ts";
import {
  deliverySink,
  encryptedTokenStore,
  memoryStorage,
  type TokenEncryptionKey,
} from "../../../src/storage/index.ts";

const { tokenStore } = memoryStorage();
const keys = [{ id: "a", key: new Uint8Array(32) }];
const make = {
  memory: memoryStorage as (...given: unknown[]) => unknown,
  encrypted: encryptedTokenStore as (...given: unknown[]) => unknown,
  sink: deliverySink as (...given: unknown[]) => unknown,
};
const publish = async () => undefined;

describe("what goes around stores refuses", () => {
  it.each([
    ["memoryStorage with null", () => make.memory(null), "options"],
    ["memoryStorage with a time", () => make.memory({ now: 5 }), "now"],
    ["memoryStorage with a path", () => make.memory({ path: "x" }), "path"],
    ["encryptedTokenStore without a store", () => make.encrypted(), "inner"],
    [
      "encryptedTokenStore over a storage",
      () => make.encrypted(memoryStorage(), { keys }),
      "inner",
    ],
    ["encryptedTokenStore without options", () => make.encrypted(tokenStore), "options"],
    ["encryptedTokenStore with one key", () => make.encrypted(tokenStore, { key: "x" }), "key"],
    [
      "encryptedTokenStore with no function for errors",
      () => make.encrypted(tokenStore, { keys, onError: "log" }),
      "onError",
    ],
    ["deliverySink with null", () => make.sink(publish, null), "options"],
    ["deliverySink with a guard", () => make.sink(publish, { guard: {} }), "guard"],
  ])("%s", (_what, attempt, parameter) => {
    expect(attempt).toThrow(expect.toSatisfy(isConfigurationError));
    expect(attempt).toThrow(expect.objectContaining({ parameter }));
  });
});

describe("a key to encrypt with", () => {
  it("may come from another realm", async () => {
    const key: Uint8Array = runInNewContext("new Uint8Array(32)");
    expect(key instanceof Uint8Array).toBe(false);
    const store = encryptedTokenStore(tokenStore, { keys: [{ id: "a", key }] });
    await store.set("realm", "t", { expiresAt: 1 });
    expect(await store.get("realm")).toEqual({ token: "t", expiresAt: 1 });
  });

  it("is copied from a Buffer, too, whose owner may overwrite it", async () => {
    const key = Buffer.alloc(32, 7);
    const entry: TokenEncryptionKey = { id: "a", key };
    const store = encryptedTokenStore(tokenStore, { keys: [entry] });
    key.fill(0);
    await store.set("buffer", "t", { expiresAt: 1 });
    const same = encryptedTokenStore(tokenStore, { keys: [{ id: "a", key: Buffer.alloc(32, 7) }] });
    expect(await same.get("buffer")).toEqual({ token: "t", expiresAt: 1 });
  });
});
