import { describe } from "vitest";
import { userStoreCases } from "../../../src/storage/conformance/index.ts";
import type { UserLink, UserStore } from "../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { expectAllToFail, type Mutants, pause, withoutNul } from "./support/mutants.ts";

async function relink(store: UserStore, link: UserLink): Promise<UserLink> {
  await store.remove(link.namespace, link.hostUserId);
  return store.link(link);
}

const mutants: Mutants<UserStore> = {
  "finds a link by the host's ID and by Enode's": () => ({
    getByEnodeUserId: async () => undefined,
  }),
  "refuses a namespace or an ID that has no value": (store) => ({
    link: (link) => store.link({ ...link, hostUserId: String(link.hostUserId || "nobody") }),
  }),
  "finds nothing where nothing was linked": (store) => ({
    get: async (namespace, id) =>
      (await store.get(namespace, id)) ?? (await store.getByEnodeUserId(namespace, id)),
  }),
  "keeps the first link of a user of the host": (store) => ({
    link: (link) => relink(store, link),
  }),
  "gives all of 50 who link a user at the same time the same link": (store) => ({
    async link(link) {
      const known = await store.get(link.namespace, link.hostUserId);
      if (known) return known;
      await pause();
      await store.link(link);
      return link;
    },
  }),
  "refuses an Enode user that belongs to another user of the host": (store) => ({
    link: (link) => store.link(link).catch(() => link),
  }),
  "gives an Enode user to one of 20 users of the host at the same time": (store) => ({
    async link(link) {
      if (await store.getByEnodeUserId(link.namespace, link.enodeUserId)) return store.link(link);
      await pause();
      return store.link(link).catch(() => link);
    },
  }),
  "keeps links of different namespaces apart": (store) => ({
    async remove(namespace, id) {
      await store.remove(namespace === "one" ? "two" : "one", id);
      return store.remove(namespace, id);
    },
  }),
  "compares IDs exactly, and keeps hostile ones apart": (store) => ({
    get: (namespace, id) => store.get(namespace, id.toLowerCase()),
  }),
  "keeps users with NUL in their IDs apart, or refuses them": (store) => ({
    get: (namespace, id) => store.get(namespace, withoutNul(id)),
    link: (link) => store.link({ ...link, hostUserId: withoutNul(link.hostUserId) }),
  }),
  "hands out nothing that changes what is kept": (store) => {
    const kept = new Map<string, UserLink>();
    return {
      async link(link) {
        kept.set(link.hostUserId, link);
        return store.link(link);
      },
      get: async (_namespace, id) => kept.get(id),
    };
  },
  "notes the beginning of an erasure once": (store) => ({
    async beginErasure(namespace, id, at) {
      const known = await store.get(namespace, id);
      return known && relink(store, { ...known, erasingSince: at });
    },
  }),
  "begins no erasure of a user without a link": (store) => ({
    async beginErasure(namespace, id, at) {
      const made = { namespace, hostUserId: id, enodeUserId: id, createdAt: at };
      await store.link({ ...made, erasingSince: undefined });
      return store.beginErasure(namespace, id, at);
    },
  }),
  "gives all of 20 who begin an erasure at the same time the same moment": (store) => ({
    async beginErasure(namespace, id, at) {
      const known = await store.get(namespace, id);
      await store.beginErasure(namespace, id, at);
      return known && { ...known, erasingSince: known.erasingSince ?? at };
    },
  }),
  "lists the links whose erasure has begun, the oldest first, up to a limit": (store) => ({
    listErasing: async (namespace, limit) =>
      (await store.listErasing(namespace, 1_000)).toReversed().slice(0, limit),
  }),
  "forgets a link that is removed, and tells whether there was one": (store) => ({
    async remove(namespace, id) {
      await store.remove(namespace, id);
      return true;
    },
  }),
  "links both sides anew after a removal": (store) => {
    const removed = new Map<string, UserLink>();
    return {
      async remove(namespace, id) {
        const link = await store.get(namespace, id);
        if (link) removed.set(id, link);
        return store.remove(namespace, id);
      },
      link: (link) => store.link(removed.get(link.hostUserId) ?? link),
    };
  },
};

describe("a broken store of users is found out", () => {
  expectAllToFail(userStoreCases, ({ now }) => memoryStorage({ now }).userStore, mutants);
});
