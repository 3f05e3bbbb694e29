import { type Rule, rulesOf } from "./rule.ts";

/** What keeps the memory, Redis and the encryption from mixing what belongs to different clients, users and lanes, and from losing any of it. */
export const storeRules: readonly Rule[] = [
  ...rulesOf(
    "memory",
    ["test/storage/conformance/memory.test.ts"],
    [
      [
        "memory lists the activity of one namespace only",
        "activity-log",
        "entry.namespace === namespace && fits(entry, query)",
        "fits(entry, query)",
      ],
      [
        "memory prunes the activity of one namespace only",
        "activity-log",
        "forget((entry) => entry.namespace === namespace && entry.at < before)",
        "forget((entry) => entry.at < before)",
      ],
      [
        "memory erases activity in one namespace only",
        "activity-log",
        "of === namespace &&",
        "of !== '' &&",
      ],
      [
        "memory revives in one namespace only",
        "event-store",
        ".filter(({ entry }) => entry.namespace === namespace);\n      for",
        ".filter(() => namespace !== '');\n      for",
      ],
      [
        "memory finds a record in its namespace only",
        "device-store",
        "return JSON.stringify([namespace, collection]);",
        "return JSON.stringify([namespace.length > 0, collection]);",
      ],
      [
        "memory removes records of one namespace only",
        "device-store",
        "        if (shelf.namespace !== namespace) continue;\n",
        "",
      ],
      [
        "memory keeps a record that older news would replace",
        "device-store",
        '        if (!supersedes(record, known)) return "kept";\n',
        "",
      ],
      [
        "memory removes by deletion time what was deleted only",
        "device-store",
        "(record.payload === null && record.observedAt < deletedBefore)",
        "record.observedAt < deletedBefore",
      ],
      [
        "memory removes records of one user only",
        "device-store",
        "      (userId === undefined || record.userId === userId) &&\n      (deletedBefore",
        "      (deletedBefore",
      ],
      [
        "memory knows a link in its namespace only",
        "user-store",
        "return JSON.stringify([namespace, id]);",
        "return JSON.stringify([namespace.length > 0, id]);",
      ],
      [
        "memory links an Enode user to one user of the host",
        "user-store",
        "if (byEnode.has(enodeKey)) {",
        "if (byEnode.size < 0) {",
      ],
      [
        "memory keeps the time at which an erasure began",
        "user-store",
        "link.erasingSince ??= at",
        "link.erasingSince = at",
      ],
      [
        "memory lists the erasures of one namespace only",
        "user-store",
        "link.namespace === namespace && link.erasingSince !== undefined",
        "link.erasingSince !== undefined",
      ],
      [
        "memory writes a token only where it is unchanged",
        "token-store",
        "if (ifUnchanged !== undefined && current !== ifUnchanged) return false;",
        "if (ifUnchanged === '') return false;",
      ],
      [
        "memory gives a lease of a token to one at a time",
        "token-store",
        "      if (leases.has(key)) return undefined;\n",
        "",
      ],
      [
        "memory releases no lease that is another one's by now",
        "token-store",
        "if (leases.get(key) === lease) leases.delete(key);",
        "leases.delete(key);",
      ],
      [
        "memory hands out the first of each lane only",
        "event-lanes",
        "const known = name === null ? undefined : this.#byName.get(name);",
        "const known = undefined;",
      ],
      [
        "memory settles only what is held by this claim",
        "event-store",
        "return entry?.lease === lease ? entry : undefined;",
        "return lease === '' ? undefined : entry;",
      ],
      [
        "memory forgets no delivery of which an event waits",
        "event-store",
        "if (left > 0 || receivedAt >= before",
        "if (receivedAt >= before",
      ],
      [
        "memory prunes deliveries of one namespace only",
        "event-store",
        " || !key.startsWith(start)",
        "",
      ],
      [
        "memory erases events in one namespace only",
        "event-store",
        "entry.namespace === namespace && isAboutUser(",
        "isAboutUser(",
      ],
      [
        "memory lists the dead letters of one namespace only",
        "event-store",
        "const found = [...dead.values()].filter(({ entry }) => entry.namespace === namespace)",
        "const found = [...dead.values()]",
      ],
    ],
  ),
  ...rulesOf(
    "redis",
    ["test/storage/redis/token-store.test.ts", "test/storage/redis/replay-guard.test.ts"],
    [
      [
        "Redis writes a token only where it is unchanged",
        "token-store",
        '  if ARGV[2] == "if same" and current ~= ARGV[3] then return 0 end\n',
        "",
      ],
      [
        "Redis gives a lease of a token to one at a time",
        "token-store",
        "  if held and tonumber(held) > at then return 0 end\n",
        "",
      ],
      [
        "Redis releases no lease that is another one's by now",
        "token-store",
        'if redis.call("HGET", KEYS[1], "holder") == ARGV[1] then',
        "if ARGV[1] then",
      ],
      [
        "Redis keeps the deliveries of namespaces apart",
        "replay-guard",
        "JSON.stringify([namespace, digest])",
        "JSON.stringify([digest])",
      ],
      [
        "Redis gives back no claim that is another one's by now",
        "replay-guard",
        'if redis.call("GET", KEYS[1]) == ARGV[1] then',
        "if ARGV[1] then",
      ],
    ],
  ),
  ...rulesOf(
    "encrypted",
    ["test/storage/encrypted/token-store.test.ts"],
    [
      [
        "an encrypted token is written only where it is unchanged",
        "token-store",
        "return inner.set(key, sealed, { expiresAt, ifUnchanged: raw });",
        "return inner.set(key, sealed, { expiresAt });",
      ],
      [
        "an encrypted token is compared with the one that is there",
        "token-store",
        "      if (current !== ifUnchanged) return false;\n",
        "",
      ],
      [
        "the lease of a token reaches through its encryption",
        "token-store",
        "  if (lease) store.lease = (key, ttl) => lease.call(inner, key, ttl);\n",
        "",
      ],
    ],
  ),
];
