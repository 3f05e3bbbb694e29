import type { Rule } from "./check-rules.ts";

const verify = "src/webhooks/verify.ts";
const inbox = "src/webhooks/inbox.ts";
const worker = "src/webhooks/worker.ts";
const receiver = "src/webhooks/receiver.ts";
const sqlite = "src/storage/sqlite-events.ts";
const memory = "src/storage/memory-events.ts";

const verifyTests = ["test/webhooks/verify.test.ts", "test/webhooks/hmac.test.ts"];
const receiverTests = ["test/webhooks/receiver.test.ts"];
const inboxTests = ["test/webhooks/inbox.test.ts", ...receiverTests];
const workerTests = [
  "test/webhooks/broken-store.test.ts",
  "test/webhooks/worker.test.ts",
  ...receiverTests,
];
const arrivalTests = ["test/webhooks/worker-arrivals.test.ts"];
const storeTests = ["test/storage/event-store.test.ts"];

/** The rules of receiving webhooks. */
export const webhookRules: Rule[] = [
  {
    rule: "a delivery that nobody signed is refused",
    file: verify,
    find: "if (matchedSecret < 0) throw (await diagnosis()).ofMismatch(body, secrets);",
    replace: "",
    tests: verifyTests,
  },
  {
    rule: "a signature has one form",
    file: verify,
    find: "/^sha1=[\\da-f]{40}$/",
    replace: "/sha1=[\\da-f]{40}/i",
    tests: verifyTests,
  },
  {
    rule: "signatures are compared in constant time",
    file: "src/webhooks/hmac/node.ts",
    find: "crypto.timingSafeEqual(expected, received)",
    replace: "expected.equals(received)",
    tests: verifyTests,
  },
  {
    rule: "a secret with white space around it is refused",
    file: verify,
    find: "isText(secret) && secret.trim() === secret",
    replace: "isText(secret)",
    tests: verifyTests,
  },
  {
    rule: "bytes that are no UTF-8 are refused",
    file: verify,
    find: "fatal: true,",
    replace: "fatal: false,",
    tests: verifyTests,
  },
  {
    rule: "no more than 100 events are taken",
    file: verify,
    find: " || values.length > 100",
    replace: "",
    tests: verifyTests,
  },
  {
    rule: "a body is read no further than allowed",
    file: "src/webhooks/body.ts",
    find: "if (size > maxBytes) break;",
    replace: "",
    tests: verifyTests,
  },
  {
    rule: "keys of WebCrypto are bounded",
    file: "src/webhooks/hmac/web.ts",
    find: "if (keys.size > maxKeys && oldest !== undefined) keys.delete(oldest);",
    replace: "",
    tests: ["test/webhooks/hmac.test.ts"],
  },
  {
    rule: "an event of a user names the user",
    file: "src/webhooks/events.ts",
    find: 'event.startsWith("user:") &&',
    replace: "false &&",
    tests: verifyTests,
  },
  {
    rule: "only POST is taken",
    file: receiver,
    find: 'if (method !== "POST") return answer(405',
    replace: 'if (method === "") return answer(405',
    tests: receiverTests,
  },
  {
    rule: "what is in work at once is bounded",
    file: receiver,
    find: '    if (this.#inWork >= maxInWork) return this.#postpone("too_busy");\n    this.#inWork++;',
    replace: "    this.#inWork++;",
    tests: receiverTests,
  },
  {
    rule: "deliveries that are too old are refused",
    file: receiver,
    find: "    await this.#checkAge(verified);\n",
    replace: "",
    tests: receiverTests,
  },
  {
    rule: "a failed store is answered with 503",
    file: receiver,
    find: "      return this.#postpone(error.code);",
    replace: '      return answer(200, "stored");',
    tests: receiverTests,
  },
  {
    rule: "copies of a delivery are handled once",
    file: inbox,
    find: "this.#memories.get(digest) ?? this.#remember(digest, events)",
    replace: "this.#remember(digest, events)",
    tests: inboxTests,
  },
  {
    rule: "what is left of a failed delivery is all that is repeated",
    file: inbox,
    find: "if (isDone) memory.left.delete(event.index);",
    replace: "if (isDone && memory.left.size === 1) memory.left.delete(event.index);",
    tests: inboxTests,
  },
  {
    rule: "later events of a device wait for one that failed",
    file: inbox,
    find: "if (lane !== null && blocked.has(lane)) return;",
    replace: "",
    tests: inboxTests,
  },
  {
    rule: "deliveries are remembered within bounds",
    file: inbox,
    find: "if (!running) this.#memories.delete(old);",
    replace: "",
    tests: inboxTests,
  },
  {
    rule: "no more handlers run at once than allowed",
    file: "src/webhooks/lanes.ts",
    find: "if (this.#free > 0) this.#free--;",
    replace: "if (true) this.#free--;",
    tests: [...inboxTests, "test/webhooks/lanes.test.ts"],
  },
  {
    rule: "events of a device run one at a time",
    file: "src/webhooks/lanes.ts",
    find: "(this.#tails.get(lane) ?? Promise.resolve())",
    replace: "Promise.resolve()",
    tests: [...inboxTests, "test/webhooks/lanes.test.ts"],
  },
  {
    rule: "handlers are given up when their time is over",
    file: "src/webhooks/within.ts",
    find: "      reject(error);\n",
    replace: "",
    tests: inboxTests,
  },
  {
    rule: "a poison event becomes a dead letter",
    file: worker,
    find: "if (claimed.attempt > maxAttempts) throw",
    replace: "if (claimed.attempt < 0) throw",
    tests: workerTests,
  },
  {
    rule: "an event is given up after its last attempt",
    file: worker,
    find: "claimed.attempt < this.#options.maxAttempts && ",
    replace: "",
    tests: workerTests,
  },
  {
    rule: "an event that is none is given up at once",
    file: worker,
    find: " && !isInvalidEvent(error)",
    replace: "",
    tests: workerTests,
  },
  {
    rule: "only new and duplicate are answers of a store",
    file: worker,
    find: 'outcome === "new" ? [] : checked(method, outcome)',
    replace: 'outcome === "new" ? [] : (outcome ?? [])',
    tests: workerTests,
  },
  {
    rule: "stopping waits for what is in work",
    file: worker,
    find: "    await Promise.all(this.#active);\n",
    replace: "",
    tests: workerTests,
  },
  {
    rule: "stopping waits for deliveries on their way into the store",
    file: worker,
    find: "    await this.#arriving;\n",
    replace: "",
    tests: arrivalTests,
  },
  {
    rule: "a worker promises its room once",
    file: worker,
    find: "    this.#promised += limit;\n    try {\n      const outcome",
    replace: "    try {\n      const outcome",
    tests: arrivalTests,
  },
  {
    rule: "a worker promises none of what it is asking for",
    file: worker,
    find: "      this.#promised += limit;\n      try {\n        const claimed",
    replace: "      try {\n        const claimed",
    tests: arrivalTests,
  },
  {
    rule: "a worker asks for no more than there is room for after a pause",
    file: worker,
    find: "      if (limit <= 0) return;\n",
    replace: "",
    tests: arrivalTests,
  },
  {
    rule: "a worker asks for what it had promised no room to",
    file: worker,
    find: "      if (this.#isStale) this.wake();\n",
    replace: "",
    tests: arrivalTests,
  },
  {
    rule: "a worker asks for what it was not handed at once",
    file: worker,
    find: "      if (claimed.length < events.length) this.#isStale = true;\n",
    replace: "",
    tests: [...arrivalTests, ...workerTests],
  },
  {
    rule: "a delivery is postponed when a store of a handler fails",
    file: inbox,
    find: '      memory.failure = isStoreError(error) ? "store_failed" : "failed";\n',
    replace: "",
    tests: receiverTests,
  },
  {
    rule: "SQLite hands out at once nothing behind an earlier event of its lane",
    file: sqlite,
    find: "(lane === null || selectOfLane.get(namespace, lane) === undefined)",
    replace: "true",
    tests: [...storeTests, "test/storage/sqlite-conformance.test.ts"],
  },
  {
    rule: "SQLite hands out the first of each lane only",
    file: sqlite,
    find: "earlier.failed_at IS NULL AND earlier.id < event.id",
    replace: "earlier.id < 0",
    tests: storeTests,
  },
  {
    rule: "SQLite completes only what is held by this claim",
    file: sqlite,
    find: '"DELETE FROM enode_events WHERE id = ? AND lease = ?"',
    replace: '"DELETE FROM enode_events WHERE id = ? AND ? IS NOT NULL"',
    tests: storeTests,
  },
  {
    rule: "memory keeps namespaces apart",
    file: memory,
    find: "[...waiting.values()].filter((entry) => entry.namespace === namespace)",
    replace: "[...waiting.values()]",
    tests: ["test/storage/conformance/memory.test.ts"],
  },
  {
    rule: "memory refuses more than it holds",
    file: memory,
    find: "if (waiting.size + events.length > maxEvents) {",
    replace: "if (waiting.size < 0) {",
    tests: storeTests,
  },
];
