import type { Rule } from "./check-rules.ts";

const checked = "src/storage/shared/checked-stores.ts";
const sqlite = "src/storage/sqlite/connection.ts";
const checkedTests = ["test/storage/shared/checked-stores.test.ts"];
const lockTests = ["test/storage/sqlite/locks.test.ts"];
const openTests = ["test/storage/sqlite/open.test.ts"];
const postgresTests = ["test/storage/postgres"];
const redisTests = ["test/storage/redis/client.test.ts"];

/** What keeps the stores of this package from mixing, losing or hiding anything, as long as it is there. */
export const storageRules: readonly Rule[] = [
  {
    rule: "a store lists nothing of a user whose ID was lost",
    file: checked,
    find: '      checkText("userId", userId);\n      checkRecordQuery("deviceStore.listByUser", query);',
    replace: '      checkRecordQuery("deviceStore.listByUser", query);',
    tests: checkedTests,
  },
  {
    rule: "a store removes nothing by a condition whose value was lost",
    file: checked,
    find: '  if ("userId" in selection) checkText("userId", selection.userId, orLeftOut);\n',
    replace: "",
    tests: checkedTests,
  },
  {
    rule: "a store erases no events of a user whose ID was lost",
    file: checked,
    find: '      checkText("userId", userId);\n      return store.erase(',
    replace: "      return store.erase(",
    tests: checkedTests,
  },
  {
    rule: "a namespace that was lost is not the default one",
    file: checked,
    find: '  if (given.length === 0) return "default";',
    replace: '  if (given[0] === undefined) return "default";',
    tests: checkedTests,
  },
  {
    rule: "a condition with a name that does not exist is refused",
    file: checked,
    find: "    refuseUnknownNames(owner, members, known);\n",
    replace: "",
    tests: checkedTests,
  },
  {
    rule: "SQLite never stops the process to wait for a lock",
    file: sqlite,
    find: "PRAGMA busy_timeout = 0",
    replace: "PRAGMA busy_timeout = 1000",
    tests: lockTests,
  },
  {
    rule: "a write that found the file locked is tried again",
    file: sqlite,
    find: '      if (isLocked(error)) return "locked";\n',
    replace: "",
    tests: lockTests,
  },
  {
    rule: "nothing is written to an SQLite file that is not there any more",
    file: sqlite,
    find: "      this.#file?.check();\n",
    replace: "",
    tests: openTests,
  },
  {
    rule: "an SQLite file is shared by way of the write-ahead log only",
    file: sqlite,
    find: '  if (mode === "wal" || mode === "memory") return;',
    replace: "  if (mode) return;",
    tests: openTests,
  },
  {
    rule: "a path that is empty is no SQLite file",
    file: "src/storage/sqlite/index.ts",
    find: ' || path.trim() === ""',
    replace: "",
    tests: openTests,
  },
  {
    rule: "a connection of a pool that breaks while it is idle does not end the process",
    file: "src/storage/postgres/index.ts",
    find: "  listenForErrors(pool);\n",
    replace: "",
    tests: postgresTests,
  },
  {
    rule: "a connection of node-redis that breaks does not end the process",
    file: "src/storage/redis/client.ts",
    find: "    if (!isIoredis) listenForErrors(client);\n",
    replace: "",
    tests: redisTests,
  },
  {
    rule: "statements do not pile up behind a PostgreSQL that does not answer",
    file: "src/storage/postgres/connection.ts",
    find: "this.#gate.run(() => this.#query(text, values))",
    replace: "this.#query(text, values)",
    tests: postgresTests,
  },
  {
    rule: "commands do not pile up behind a Redis that does not answer",
    file: "src/storage/redis/client.ts",
    find: "await gate.run(() => run(...args))",
    replace: "await run(...args)",
    tests: redisTests,
  },
  {
    rule: "one long statement refuses no others",
    file: "src/storage/shared/call-gate.ts",
    find: "      if (++place === maxStalled) return true;",
    replace: "      if (++place === 1) return true;",
    tests: postgresTests,
  },
  {
    rule: "a statement that calls share runs in the context of none of them",
    file: "src/storage/postgres/statement-batcher.ts",
    find: "this.#inOwnContext(() => void this.#flush())",
    replace: "void this.#flush()",
    tests: postgresTests,
  },
  {
    rule: "a transaction that calls share runs in the context of none of them",
    file: sqlite,
    find: "this.#inOwnContext(() => this.#flush())",
    replace: "this.#flush()",
    tests: lockTests,
  },
  {
    rule: "a wrapped error keeps its message only when it is known to hold no values",
    file: "src/shared/redaction.ts",
    find: "const isSafe = safeReason(error) !== undefined;",
    replace: "const isSafe = true;",
    tests: ["test/shared/store-reason.test.ts"],
  },
  {
    rule: "PostgreSQL's messages about values are not shown",
    file: "src/storage/postgres/error.ts",
    find: "/^(0A|25|3F|40|42|53|55|57)...$/",
    replace: "/^.....$/",
    tests: postgresTests,
  },
];
