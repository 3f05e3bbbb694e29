import { describe, expect, it } from "vitest";
import { memoryStorage } from "../../src/storage/memory.ts";

describe("tokens in memory", () => {
  it("are given back until they are deleted", async () => {
    const { tokenStore } = memoryStorage();
    expect(await tokenStore.get("key")).toBeUndefined();

    expect(await tokenStore.set("key", "a", { expiresAt: 5 })).toBe(true);
    expect(await tokenStore.get("key")).toEqual({ token: "a", expiresAt: 5 });
    expect(await tokenStore.get("other")).toBeUndefined();

    await tokenStore.delete("key");
    expect(await tokenStore.get("key")).toBeUndefined();
  });

  it.each([
    ["null finds none", undefined, null, true],
    ["null finds one", "a", null, false],
    ["the one named is there", "a", "a", true],
    ["another one is there", "a", "b", false],
    ["the one named is gone", undefined, "a", false],
    ["nothing is said", "a", undefined, true],
  ])("are set only if they are unchanged: %s", async (_what, before, ifUnchanged, kept) => {
    const { tokenStore } = memoryStorage();
    if (before !== undefined) await tokenStore.set("key", before, { expiresAt: 1 });
    const condition = ifUnchanged === undefined ? {} : { ifUnchanged };

    expect(await tokenStore.set("key", "new", { expiresAt: 2, ...condition })).toBe(kept);

    expect((await tokenStore.get("key"))?.token).toBe(kept ? "new" : before);
  });

  it("are bounded: the ones written longest ago go first", async () => {
    const { tokenStore } = memoryStorage();
    for (let n = 0; n < 1_000; n++) await tokenStore.set(`key-${n}`, "t", { expiresAt: 1 });
    await tokenStore.set("key-0", "again", { expiresAt: 1 });

    await tokenStore.set("one more", "t", { expiresAt: 1 });

    expect(await tokenStore.get("key-1")).toBeUndefined();
    expect((await tokenStore.get("key-0"))?.token).toBe("again");
    expect(await tokenStore.get("key-2")).toBeDefined();
    expect(await tokenStore.get("one more")).toBeDefined();
  });

  it("are not shared by two storages", async () => {
    await memoryStorage().tokenStore.set("key", "t", { expiresAt: 1 });

    expect(await memoryStorage().tokenStore.get("key")).toBeUndefined();
  });
});
