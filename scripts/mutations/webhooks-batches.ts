import type { Rule } from "./rule.ts";

const tests = ["test/webhooks/receiver/dispatch/batches.test.ts"];

const queue = "src/webhooks/receiver/dispatch/batch-queue.lazy.ts";
const inline = "src/webhooks/receiver/inline-processor.lazy.ts";

const upkeep = "src/webhooks/receiver/worker/store-upkeep.ts";
const ofStore = ["test/webhooks/receiver/worker/store-upkeep.test.ts"];

/** Handlers that take events in batches, and what a receiver does with its store. */
export const webhooksBatchesRules: readonly Rule[] = [
  {
    rule: "what a batch failed on is handled alone",
    file: queue,
    find: "} else item.failure = await this.#call([waiting]);",
    replace: "} else item.failure = failure;",
    tests,
  },
  {
    rule: "nothing is handled alone beside a batch that goes on",
    file: queue,
    find: "batch.length === 1 || failure.running || ",
    replace: "batch.length === 1 || ",
    tests,
  },
  {
    rule: "what has failed before is in no batch",
    file: queue,
    find: "return item.isAlone === true || item.incoming.attempt > 1;",
    replace: "return item.incoming.attempt < 0;",
    tests,
  },
  {
    rule: "a batch is no larger than allowed",
    file: queue,
    find: "isFull = batch.length >= this.#limits.maxSize;",
    replace: "isFull = batch.length < 0;",
    tests,
  },
  {
    rule: "a device is in one batch at a time",
    file: queue,
    find: "for (const { item } of batch) if (item.lane) item.lane.isBusy = true;",
    replace: "",
    tests,
  },
  {
    rule: "later events of a device in a batch wait for one that failed",
    file: queue,
    find: "if (item.lane && item.failure) item.lane.hasFailed = true;",
    replace: "",
    tests,
  },
  {
    rule: "no more batches of a handler are handled at once than allowed",
    file: queue,
    find: "while (this.#running.size < this.#concurrency) {",
    replace: "while (this.#running.size < 1_000) {",
    tests,
  },
  {
    rule: "an event has been with all batch handlers before the next of its device is with one",
    file: inline,
    find: "fits && plan.length === 1 ? key : item",
    replace: "fits ? key : item",
    tests,
  },
  {
    rule: "work in several lanes is not overtaken in one of them",
    file: "src/webhooks/receiver/shared/lanes.ts",
    find: "for (const lane of lanes) busy.add(lane);\n        if (mustWait) continue;",
    replace: "if (mustWait) continue;\n        for (const lane of lanes) busy.add(lane);",
    tests: ["test/webhooks/receiver/shared/lanes.test.ts"],
  },
  {
    rule: "where all handlers take batches, more events are in hand than concurrency",
    file: "src/webhooks/receiver/dispatch/event-dispatcher.ts",
    find: "return isBatched ? Math.max(size, this.#concurrency) : this.#concurrency;",
    replace: "return isBatched ? this.#concurrency : this.#concurrency;",
    tests,
  },
  {
    rule: "beside handlers of single events no more are in hand than concurrency",
    file: "src/webhooks/receiver/dispatch/event-dispatcher.ts",
    find: "if (!limits) return this.#concurrency;",
    replace: "if (!limits) continue;",
    tests,
  },
  {
    rule: "a batch is completed by one call of the store",
    file: "src/webhooks/receiver/worker/event-runner.ts",
    find: "isOneCall ? [done] : done.map((task) => [task])",
    replace: "done.map((task) => [task])",
    tests,
  },
  {
    rule: "a batch on a store that completes one event at a time waits for none of the others",
    file: "src/webhooks/receiver/worker/event-runner.ts",
    find: "this.#calls.canCompleteMany && done.length > 0",
    replace: "done.length > 0",
    tests,
  },
  {
    rule: "dead letters are those of the receiver's namespace",
    file: upkeep,
    find: "store.deadLetters(limit, this.#namespace)",
    replace: "store.deadLetters(limit)",
    tests: ofStore,
  },
  {
    rule: "old deliveries are those of the receiver's namespace",
    file: upkeep,
    find: "store.prune(before, this.#namespace)",
    replace: "store.prune(before)",
    tests: ofStore,
  },
  {
    rule: "counting takes a small share of the time",
    file: upkeep,
    find: "Math.max(countInterval, countShare * duration)",
    replace: "countInterval + 0 * duration",
    tests: ofStore,
  },
  {
    rule: "deliveries are kept for as long as Enode repeats them",
    file: "src/webhooks/receiver/resolve-options.ts",
    find: 'check("retention", options.retention, day, day, 1e15);',
    replace: 'check("retention", options.retention, day, 1, 1 / 0);',
    tests: ofStore,
  },
  {
    rule: "a start that is forgotten is noticed without a delivery",
    file: "src/webhooks/receiver/receiver.ts",
    find: "this.#forgotten.restart();",
    replace: "",
    tests: ofStore,
  },
];
