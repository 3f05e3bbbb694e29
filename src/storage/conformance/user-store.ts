import type { UserLink, UserStore } from "../contracts/index.ts";
import { type ConformanceCase, casesOf, type Proof } from "./shared/case.ts";
import { expectRefusal, expectSame, lostValues, nameOf } from "./shared/expectation.ts";
import { hostileIds } from "./shared/texts.ts";

/** What every {@link UserStore} has to do. */
export const userStoreCases: readonly ConformanceCase<UserStore>[] = casesOf<UserStore>(
  "UserStore",
  {
    ...links(),
    ...erasures(),
  },
);

const namespace = "production:client";

function linkOf(hostUserId: string, enodeUserId: string, change: Partial<UserLink> = {}): UserLink {
  return {
    namespace,
    hostUserId,
    enodeUserId,
    createdAt: 1_000,
    erasingSince: undefined,
    ...change,
  };
}

function links(): Record<string, Proof<UserStore>> {
  return {
    async "finds a link by the host's ID and by Enode's"(store) {
      const link = linkOf("host", "enode", { createdAt: 1_767_225_600_123 });
      expectSame("link", await store.link(link), link);
      expectSame("get", await store.get(namespace, "host"), link);
      expectSame("getByEnodeUserId", await store.getByEnodeUserId(namespace, "enode"), link);
    },

    async "refuses a namespace or an ID that has no value"(store) {
      for (const lost of lostValues) {
        for (const name of ["namespace", "hostUserId", "enodeUserId"] as const) {
          await expectRefusal(`link with ${name}: ${nameOf(lost)}`, () =>
            store.link({ ...linkOf("host", "enode"), [name]: lost }),
          );
        }
        await expectRefusal(`listErasing in the namespace ${nameOf(lost)}`, () =>
          store.listErasing(lost, 10),
        );
      }
      expectSame("get", await store.get(namespace, "host"), undefined);
    },

    async "finds nothing where nothing was linked"(store) {
      await store.link(linkOf("host", "enode"));
      expectSame("get of an Enode user", await store.get(namespace, "enode"), undefined);
      const found = await store.getByEnodeUserId(namespace, "host");
      expectSame("getByEnodeUserId of a user of the host", found, undefined);
    },

    async "keeps the first link of a user of the host"(store) {
      const first = linkOf("host", "enode");
      await store.link(first);
      expectSame("link again", await store.link(linkOf("host", "other", { createdAt: 2 })), first);
      expectSame("get", await store.get(namespace, "host"), first);
      expectSame("the other one", await store.getByEnodeUserId(namespace, "other"), undefined);
    },

    async "gives all of 50 who link a user at the same time the same link"(store) {
      const offers = Array.from({ length: 50 }, (_, n) => linkOf("host", `enode ${n}`));
      const results = await Promise.all(offers.map((offer) => store.link(offer)));
      const kept = await store.get(namespace, "host");
      for (const result of results) expectSame("what a call resolved with", result, kept);
      for (const { enodeUserId } of offers) {
        const expected = enodeUserId === kept?.enodeUserId ? kept : undefined;
        const found = await store.getByEnodeUserId(namespace, enodeUserId);
        expectSame(`getByEnodeUserId of "${enodeUserId}"`, found, expected);
      }
    },

    async "refuses an Enode user that belongs to another user of the host"(store) {
      const first = linkOf("host", "enode");
      await store.link(first);
      await expectRefusal("link", () => store.link(linkOf("other", "enode")));
      expectSame("get of the refused one", await store.get(namespace, "other"), undefined);
      expectSame("getByEnodeUserId", await store.getByEnodeUserId(namespace, "enode"), first);
    },

    async "gives an Enode user to one of 20 users of the host at the same time"(store) {
      const offers = Array.from({ length: 20 }, (_, n) => linkOf(`host ${n}`, "enode"));
      const results = await Promise.allSettled(offers.map((offer) => store.link(offer)));
      const kept = results.filter(({ status }) => status === "fulfilled");
      expectSame("links kept", kept.length, 1);
      const found = await Promise.all(offers.map((one) => store.get(namespace, one.hostUserId)));
      expectSame("links found", found.filter((one) => one !== undefined).length, 1);
    },

    async "keeps links of different namespaces apart"(store) {
      const one = linkOf("host", "enode", { namespace: "one" });
      const two = linkOf("host", "enode", { namespace: "two", createdAt: 2 });
      expectSame("link in one", await store.link(one), one);
      expectSame("link in the other", await store.link(two), two);
      await store.beginErasure("one", "host", 5);
      expectSame("erasing in the other", await store.listErasing("two", 10), []);
      expectSame("remove in one", await store.remove("one", "host"), true);
      expectSame("get in one", await store.get("one", "host"), undefined);
      expectSame("get in the other", await store.get("two", "host"), two);
      expectSame("by Enode's ID", await store.getByEnodeUserId("one", "enode"), undefined);
      expectSame("by it in the other", await store.getByEnodeUserId("two", "enode"), two);
    },

    async "compares IDs exactly, and keeps hostile ones apart"(store) {
      for (const [at, id] of hostileIds.entries()) await store.link(linkOf(id, `enode ${at}`));
      for (const [at, id] of hostileIds.entries()) {
        const found = await store.get(namespace, id);
        expectSame(`get ${JSON.stringify(id)}`, found?.hostUserId, id);
        const other = linkOf(`host ${at}`, id, { namespace: id });
        expectSame("link in a hostile namespace", await store.link(other), other);
        const byEnode = await store.getByEnodeUserId(id, id);
        expectSame(`getByEnodeUserId ${JSON.stringify(id)}`, byEnode, other);
      }
    },

    async "keeps users with NUL in their IDs apart, or refuses them"(store) {
      const plain = linkOf("with", "enode");
      await store.link(plain);
      const link = linkOf("with\u0000NUL", "enode\u0000NUL");
      try {
        await store.link(link);
      } catch {
        return;
      }
      expectSame("get", await store.get(namespace, link.hostUserId), link);
      expectSame("get of the ID without NUL", await store.get(namespace, "with"), plain);
      expectSame("get without NUL only", await store.get(namespace, "withNUL"), undefined);
    },

    async "hands out nothing that changes what is kept"(store) {
      const link = linkOf("host", "enode");
      const given = { ...link };
      const results = [await store.link(given), await store.get(namespace, "host")];
      for (const result of [given, ...results]) {
        if (result) Object.assign(result, { enodeUserId: "changed", erasingSince: 9 });
      }
      expectSame("get", await store.get(namespace, "host"), link);
      expectSame("getByEnodeUserId", await store.getByEnodeUserId(namespace, "enode"), link);
    },
  };
}

function erasures(): Record<string, Proof<UserStore>> {
  return {
    async "notes the beginning of an erasure once"(store) {
      await store.link(linkOf("host", "enode"));
      const erasing = linkOf("host", "enode", { erasingSince: 1_767_225_600_123 });
      const first = await store.beginErasure(namespace, "host", 1_767_225_600_123);
      expectSame("beginErasure", first, erasing);
      expectSame("again", await store.beginErasure(namespace, "host", 5), erasing);
      expectSame("get", await store.get(namespace, "host"), erasing);
      expectSame("link again", await store.link(linkOf("host", "other")), erasing);
    },

    async "begins no erasure of a user without a link"(store) {
      expectSame("beginErasure", await store.beginErasure(namespace, "host", 5), undefined);
      expectSame("listErasing", await store.listErasing(namespace, 10), []);
      expectSame("get", await store.get(namespace, "host"), undefined);
    },

    async "gives all of 20 who begin an erasure at the same time the same moment"(store) {
      await store.link(linkOf("host", "enode"));
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) => store.beginErasure(namespace, "host", 100 + n)),
      );
      const kept = await store.get(namespace, "host");
      for (const result of results) expectSame("what a call resolved with", result, kept);
    },

    async "lists the links whose erasure has begun, the oldest first, up to a limit"(store) {
      for (const [id, at] of [
        ["c", 30],
        ["none", 0],
        ["a", 10],
        ["b", 20],
      ] as const) {
        await store.link(linkOf(id, `enode ${id}`));
        if (at > 0) await store.beginErasure(namespace, id, at);
      }
      const idsOf = async (limit: number) =>
        (await store.listErasing(namespace, limit)).map((link) => link.hostUserId);
      expectSame("all of them", await idsOf(10), ["a", "b", "c"]);
      expectSame("two of them", await idsOf(2), ["a", "b"]);
      await store.remove(namespace, "a");
      expectSame("those left", await store.listErasing(namespace, 10), [
        linkOf("b", "enode b", { erasingSince: 20 }),
        linkOf("c", "enode c", { erasingSince: 30 }),
      ]);
    },

    async "forgets a link that is removed, and tells whether there was one"(store) {
      await store.link(linkOf("host", "enode"));
      await store.link(linkOf("other", "enode of other"));
      expectSame("remove", await store.remove(namespace, "host"), true);
      expectSame("remove again", await store.remove(namespace, "host"), false);
      expectSame("get", await store.get(namespace, "host"), undefined);
      const byEnode = await store.getByEnodeUserId(namespace, "enode");
      expectSame("getByEnodeUserId", byEnode, undefined);
      const other = await store.get(namespace, "other");
      expectSame("another one", other, linkOf("other", "enode of other"));
    },

    async "links both sides anew after a removal"(store) {
      await store.link(linkOf("host", "enode"));
      await store.beginErasure(namespace, "host", 5);
      await store.remove(namespace, "host");
      const again = linkOf("host", "new");
      expectSame("link of the host's user", await store.link(again), again);
      const other = linkOf("other", "enode");
      expectSame("link of the Enode user", await store.link(other), other);
    },
  };
}
