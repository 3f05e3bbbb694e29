import type { TokenStore } from "../contracts/index.ts";
import { type ConformanceCase, casesOf, type Proof } from "./shared/case.ts";
import { expectSame, expectThat } from "./shared/expectation.ts";
import { hostileIds } from "./shared/texts.ts";

// Both are to come, whatever clock a store goes by: it may forget tokens that have ended.
const soon = Date.UTC(2100, 0, 1);
const latest = 8_640_000_000_000_000;

/** What every {@link TokenStore} has to do. A store without `lease` passes the cases about leases. */
export const tokenStoreCases: readonly ConformanceCase<TokenStore>[] = casesOf<TokenStore>(
  "TokenStore",
  {
    ...tokens(),
    ...leases(),
  },
);

function tokens(): Record<string, Proof<TokenStore>> {
  return {
    async "gives a token back as it was set, until it is deleted"(store) {
      expectSame("a key that was never set", await store.get("key"), undefined);
      expectSame("set", await store.set("key", "a", { expiresAt: soon }), true);
      expectSame("get", await store.get("key"), { token: "a", expiresAt: soon });
      await store.delete("key");
      expectSame("get after delete", await store.get("key"), undefined);
    },

    async "lets a token be deleted that is not there"(store) {
      await store.delete("key");
      expectSame("get", await store.get("key"), undefined);
      expectSame("set", await store.set("key", "a", { expiresAt: soon, ifUnchanged: null }), true);
    },

    async "replaces a token, with its time"(store) {
      await store.set("key", "a", { expiresAt: latest });
      expectSame("set again", await store.set("key", "b", { expiresAt: soon + 123 }), true);
      expectSame("get", await store.get("key"), { token: "b", expiresAt: soon + 123 });
    },

    async "keeps a long token as it is"(store) {
      const token = "eyJhbGciOi.J9_-".repeat(500);
      await store.set("key", token, { expiresAt: latest });
      expectSame("get", await store.get("key"), { token, expiresAt: latest });
    },

    async "sets a token only if there is none, when asked to"(store) {
      const ifUnchanged = null;
      expectSame("none yet", await store.set("key", "a", { expiresAt: soon, ifUnchanged }), true);
      expectSame(
        "one there",
        await store.set("key", "b", { expiresAt: latest, ifUnchanged }),
        false,
      );
      expectSame("get", await store.get("key"), { token: "a", expiresAt: soon });
    },

    async "sets a token only if the one named is there, when asked to"(store) {
      const set = (token: string, ifUnchanged: string) =>
        store.set("key", token, { expiresAt: soon, ifUnchanged });
      expectSame("the one named is not there", await set("a", "x"), false);
      expectSame("nothing is there", await store.get("key"), undefined);
      await store.set("key", "x", { expiresAt: soon });
      expectSame("another one is there", await set("a", "X"), false);
      expectSame("it stays", (await store.get("key"))?.token, "x");
      expectSame("the one named is there", await set("a", "x"), true);
      expectSame("it was replaced", (await store.get("key"))?.token, "a");
    },

    async "lets one of 50 set the first token at the same time"(store) {
      await expectOneWinner(store, null);
    },

    async "lets one of 50 replace a token at the same time"(store) {
      await store.set("key", "before", { expiresAt: soon });
      await expectOneWinner(store, "before");
    },

    async "keeps hostile keys apart"(store) {
      for (const key of hostileIds) {
        const kept = await store.set(key, `of ${key}`, { expiresAt: soon, ifUnchanged: null });
        expectSame(`set under ${JSON.stringify(key)}`, kept, true);
      }
      for (const key of hostileIds) {
        expectSame(`get ${JSON.stringify(key)}`, (await store.get(key))?.token, `of ${key}`);
      }
      await store.delete("__proto__");
      for (const key of hostileIds) {
        const expected = key === "__proto__" ? undefined : `of ${key}`;
        expectSame(`get ${JSON.stringify(key)}`, (await store.get(key))?.token, expected);
      }
    },

    async "keeps tokens of keys with NUL apart, or refuses such keys"(store) {
      await store.set("with", "of with", { expiresAt: soon });
      const key = "with\u0000NUL";
      try {
        await store.set(key, "of NUL", { expiresAt: soon });
      } catch {
        return;
      }
      expectSame("get", (await store.get(key))?.token, "of NUL");
      expectSame("get of the key without NUL", (await store.get("with"))?.token, "of with");
      expectSame("get without NUL only", await store.get("withNUL"), undefined);
    },

    async "hands out nothing that changes what is kept"(store) {
      await store.set("key", "a", { expiresAt: soon });
      const found = await store.get("key");
      if (found) Object.assign(found, { token: "changed", expiresAt: soon + 9 });
      expectSame("get", await store.get("key"), { token: "a", expiresAt: soon });
    },
  };
}

function leases(): Record<string, Proof<TokenStore>> {
  return {
    async "gives the lease of a key to one of 20 who ask at the same time"(store) {
      if (!store.lease) return;
      const asked = Array.from({ length: 20 }, async () => store.lease?.("key", 1_000));
      const given = (await Promise.all(asked)).filter((lease) => lease !== undefined);
      expectSame("leases given", given.length, 1);
    },

    async "gives a lease to another one when its time is over, and not before"(store, clock) {
      if (!store.lease) return;
      expectThat("a free lease is given", (await store.lease("key", 1_000)) !== undefined);
      clock.pass(999);
      expectThat("it is held for its time", (await store.lease("key", 1_000)) === undefined);
      clock.pass(1);
      expectThat("then it is given", (await store.lease("key", 1_000)) !== undefined);
      expectThat("to one only", (await store.lease("key", 1_000)) === undefined);
    },

    async "gives a lease to another one as soon as it is released"(store) {
      if (!store.lease) return;
      const lease = await store.lease("key", 1_000);
      await lease?.release();
      expectThat("it is given", (await store.lease("key", 1_000)) !== undefined);
    },

    async "does nothing when an overtaken lease is released"(store, clock) {
      if (!store.lease) return;
      const late = await store.lease("key", 1_000);
      clock.pass(1_000);
      const current = await store.lease("key", 1_000);
      await late?.release();
      expectThat("it is still held", (await store.lease("key", 1_000)) === undefined);
      await current?.release();
      expectThat("its holder releases it", (await store.lease("key", 1_000)) !== undefined);
    },

    async "lets a lease be released twice"(store) {
      if (!store.lease) return;
      const first = await store.lease("key", 1_000);
      await first?.release();
      await store.lease("key", 1_000);
      await first?.release();
      expectThat("the next one keeps it", (await store.lease("key", 1_000)) === undefined);
    },

    async "keeps the leases of different keys apart"(store) {
      if (!store.lease) return;
      for (const key of hostileIds) {
        const given = await store.lease(key, 1_000);
        expectThat(`the lease of ${JSON.stringify(key)} is given`, given !== undefined);
      }
      const [first = ""] = hostileIds;
      expectThat("it is held", (await store.lease(first, 1_000)) === undefined);
    },

    async "keeps leases and tokens apart"(store) {
      if (!store.lease) return;
      const lease = await store.lease("key", 1_000);
      expectSame("get", await store.get("key"), undefined);
      const kept = await store.set("key", "a", { expiresAt: soon, ifUnchanged: null });
      expectSame("set while another one holds the lease", kept, true);
      await store.delete("key");
      expectThat("delete leaves the lease", (await store.lease("key", 1_000)) === undefined);
      await store.set("key", "b", { expiresAt: soon });
      await lease?.release();
      expectSame("release leaves the token", (await store.get("key"))?.token, "b");
    },
  };
}

async function expectOneWinner(store: TokenStore, ifUnchanged: string | null): Promise<void> {
  const tokens = Array.from({ length: 50 }, (_, n) => `token ${n}`);
  const won = await Promise.all(
    tokens.map((token, n) => store.set("key", token, { expiresAt: soon + n, ifUnchanged })),
  );
  expectSame("how many were kept", won.filter(Boolean).length, 1);
  const winner = won.indexOf(true);
  expectSame("get", await store.get("key"), { token: `token ${winner}`, expiresAt: soon + winner });
}
