import type { Rule } from "./rule.ts";

/** Outages, handlers that do not stop, and late answers of stores. */
export const webhooksOutagesRules: readonly Rule[] = [
  {
    rule: "different events that fail open the circuit",
    file: "src/webhooks/receiver/worker/circuit.ts",
    find: "this.#failing.size >= failures",
    replace: "this.#failing.size < 0",
    tests: [
      "test/webhooks/receiver/worker/circuit.test.ts",
      "test/webhooks/receiver/worker/outage.test.ts",
    ],
  },
  {
    rule: "a success closes the circuit",
    file: "src/webhooks/receiver/worker/circuit.ts",
    find: "    this.#isOpen = false;\n    this.#period++;",
    replace: "    this.#period++;",
    tests: [
      "test/webhooks/receiver/worker/circuit.test.ts",
      "test/webhooks/receiver/worker/outage.test.ts",
    ],
  },
  {
    rule: "attempts of an outage are given back",
    file: "src/webhooks/receiver/worker/circuit.ts",
    find: "willRetry: true, attempts: failing.before, isSuspect",
    replace: "willRetry: attempt < maxAttempts, attempts: attempt, isSuspect",
    tests: [
      "test/webhooks/receiver/worker/circuit.test.ts",
      "test/webhooks/receiver/worker/outage.test.ts",
    ],
  },
  {
    rule: "dead letters of an outage are revived",
    file: "src/webhooks/receiver/worker/event-runner.ts",
    find: "    await this.#calls.revive(ids);\n",
    replace: "",
    tests: [
      "test/webhooks/receiver/worker/circuit.test.ts",
      "test/webhooks/receiver/worker/outage.test.ts",
    ],
  },
  {
    rule: "an event that is to blame again and again is given up",
    file: "src/webhooks/receiver/worker/circuit.ts",
    find: "const isBlamed = (this.#blamed.get(id) ?? 0) >= maxAttempts;",
    replace: "const isBlamed = false;",
    tests: [
      "test/webhooks/receiver/worker/circuit.test.ts",
      "test/webhooks/receiver/worker/outage.test.ts",
    ],
  },
  {
    rule: "an event with which many probes failed is compared with another one",
    file: "src/webhooks/receiver/worker/circuit.ts",
    find: "const isSuspect = failing.probes >= Math.max(maxAttempts, leastProbes);",
    replace: "const isSuspect = false;",
    tests: [
      "test/webhooks/receiver/worker/circuit.test.ts",
      "test/webhooks/receiver/worker/outage.test.ts",
    ],
  },
  {
    rule: "an event that another one has cleared is no dead letter",
    file: "src/webhooks/receiver/worker/suspects.ts",
    find: "if (!isHeld) return this.#circuit.revive(id);",
    replace: "if (!isHeld) return;",
    tests: [
      "test/webhooks/receiver/worker/circuit.test.ts",
      "test/webhooks/receiver/worker/outage.test.ts",
    ],
  },
  {
    rule: "of events that were compared, one that the store does not take back keeps none of the others",
    file: "src/webhooks/receiver/worker/suspects.ts",
    find: '        // It comes again when its lease ends.\n        this.#reporter.report(failure, { stage: "store" });',
    replace: "        throw failure;",
    tests: ["test/webhooks/receiver/worker/circuit.test.ts"],
  },
  {
    rule: "a probe is one event",
    file: "src/webhooks/receiver/worker/store-worker.lazy.ts",
    find: "Math.min(probes, this.#free)",
    replace: "this.#free",
    tests: [
      "test/webhooks/receiver/worker/circuit.test.ts",
      "test/webhooks/receiver/worker/outage.test.ts",
    ],
  },
  {
    rule: "a probe without a place for its event says nothing of what is due",
    file: "src/webhooks/receiver/worker/store-worker.lazy.ts",
    find: "(result && !times.goesOn())) return undefined;",
    replace: "(result && !times.goesOn())) return [];",
    tests: ["test/webhooks/receiver/worker/circuit.test.ts"],
  },
  {
    rule: "a handler that asks for a pause spends no attempt",
    file: "src/webhooks/receiver/worker/event-runner.ts",
    find: "attempts: attempt - 1 }, reason",
    replace: "attempts: attempt }, reason",
    tests: [
      "test/webhooks/receiver/worker/circuit.test.ts",
      "test/webhooks/receiver/worker/outage.test.ts",
    ],
  },
  {
    rule: "an event without a handler closes no circuit",
    file: "src/webhooks/receiver/worker/event-runner.ts",
    find: "if (wasHandled) await",
    replace: "if (!wasHandled || wasHandled) await",
    tests: [
      "test/webhooks/receiver/worker/circuit.test.ts",
      "test/webhooks/receiver/worker/outage.test.ts",
    ],
  },
  {
    rule: "handlers that go on keep their lane closed",
    file: "src/webhooks/receiver/worker/event-runner.ts",
    find: "    if (work) {\n",
    replace: "    if (work && attempt < 0) {\n",
    tests: ["test/webhooks/receiver/worker/stuck-handlers.test.ts"],
  },
  {
    rule: "handlers that go on keep their lease",
    file: "src/webhooks/receiver/worker/stuck-handlers.ts",
    find: "if (isOurs) isOurs = await this.#renew(claimed);",
    replace: "",
    tests: ["test/webhooks/receiver/worker/stuck-handlers.test.ts"],
  },
  {
    rule: "a lane stays closed until the last of its handlers has stopped",
    file: "src/webhooks/receiver/worker/stuck-handlers.ts",
    find: "this.#atWork.delete(stuck);\n      this.#changes.notify();",
    replace: "this.#atWork.clear();\n      this.#changes.notify();",
    tests: ["test/webhooks/receiver/worker/stuck-handlers.test.ts"],
  },
  {
    rule: "late claims cost no attempt",
    file: "src/webhooks/receiver/worker/event-store-calls.ts",
    find: "attempts: event.attempt - 1, reason: undefined",
    replace: "attempts: event.attempt, reason: undefined",
    tests: ["test/webhooks/receiver/worker/stuck-handlers.test.ts"],
  },
  {
    rule: "an event of a batch is tried again when the check whether it is needed cannot be loaded",
    file: "src/webhooks/receiver/dispatch/event-dispatcher.ts",
    find: "tried again: it may be about an erased user.\n      item.failure = { error, isBegun: true };",
    replace: "tried again: it may be about an erased user.\n      throw error;",
    tests: ["test/webhooks/receiver/dispatch/unloaded.test.ts"],
  },
  {
    rule: "a reminder that cannot be loaded is no unhandled rejection",
    file: "src/webhooks/receiver/receiver.ts",
    find: "throw (await refusals()).ofStart();\n        },",
    replace: "throw (await refusals()).ofStart();\n        },\n        () => undefined,",
    tests: ["test/webhooks/receiver/dispatch/unloaded.test.ts"],
  },
  {
    rule: "no wait of a worker is longer than a timer can take",
    file: "src/webhooks/receiver/worker/condition-variable.ts",
    find: "Math.min(remaining, longestSleep)",
    replace: "remaining",
    tests: ["test/webhooks/receiver/worker/drain.test.ts"],
  },
  {
    rule: "where requests must not wake each other, a lease is renewed no more often",
    file: "src/webhooks/receiver/worker/stuck-handlers.ts",
    find: "await this.#changes.until(isOver, step);",
    replace: "await this.#changes.until(isOver, Math.min(step, 20));",
    tests: ["test/webhooks/receiver/worker/stuck-handlers.test.ts"],
  },
  {
    rule: "a worker polls once for what it has added itself",
    file: "src/webhooks/receiver/worker/store-worker.lazy.ts",
    find: "if (this.#calling.taken === 0) this.#changes.notify();",
    replace: "this.#changes.notify();",
    tests: ["test/webhooks/receiver/worker/store-worker.test.ts"],
  },
  {
    rule: "those who listen to a store hear of their namespace only",
    file: "src/storage/shared/audible.ts",
    find: "      if (listener.namespace !== namespace) continue;\n",
    replace: "",
    tests: ["test/storage/shared/audible.test.ts"],
  },
];
