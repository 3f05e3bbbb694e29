import { withSafeMessage } from "../../shared/store-reason.ts";
import type { UserLink, UserStore } from "../contracts/index.ts";

/** Links that are kept; another one is refused. */
const maxLinks = 100_000;

/** Keeps the links of users in the memory of this process. */
export function memoryUserStore(): UserStore {
  // Both by namespace and ID, and with the same objects.
  const byHost = new Map<string, UserLink>();
  const byEnode = new Map<string, UserLink>();

  return {
    async link(link) {
      const hostKey = keyOf(link.namespace, link.hostUserId);
      const known = byHost.get(hostKey);
      if (known) return { ...known };
      const enodeKey = keyOf(link.namespace, link.enodeUserId);
      if (byEnode.has(enodeKey)) {
        throw withSafeMessage(new Error("the Enode user is linked to another user of the host"));
      }
      if (byHost.size >= maxLinks) {
        throw withSafeMessage(
          new Error(`memory holds ${byHost.size} links of users, and takes no more`),
        );
      }
      const kept = { ...link };
      byHost.set(hostKey, kept);
      byEnode.set(enodeKey, kept);
      return { ...kept };
    },

    async get(namespace, hostUserId) {
      return copyOf(byHost.get(keyOf(namespace, hostUserId)));
    },

    async getByEnodeUserId(namespace, enodeUserId) {
      return copyOf(byEnode.get(keyOf(namespace, enodeUserId)));
    },

    async beginErasure(namespace, hostUserId, at) {
      const link = byHost.get(keyOf(namespace, hostUserId));
      if (link) link.erasingSince ??= at;
      return copyOf(link);
    },

    async listErasing(namespace, limit) {
      const erasing = [...byHost.values()].filter(
        (link) => link.namespace === namespace && link.erasingSince !== undefined,
      );
      // Those without the time are filtered out above.
      erasing.sort((a, b) => (a.erasingSince ?? 0) - (b.erasingSince ?? 0));
      return erasing.slice(0, limit).map((link) => ({ ...link }));
    },

    async remove(namespace, hostUserId) {
      const key = keyOf(namespace, hostUserId);
      const link = byHost.get(key);
      if (!link) return false;
      byHost.delete(key);
      byEnode.delete(keyOf(namespace, link.enodeUserId));
      return true;
    },
  };
}

function copyOf(link: UserLink | undefined): UserLink | undefined {
  return link && { ...link };
}

/** As JSON, so that no pair of namespace and ID looks like another one. */
function keyOf(namespace: string, id: string): string {
  return JSON.stringify([namespace, id]);
}
