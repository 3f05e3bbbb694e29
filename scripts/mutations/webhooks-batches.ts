import type { Rule } from "./rule.ts";

const tests = ["test/webhooks/receiver/batches.test.ts"];

const queue = "src/webhooks/receiver/batch-queue.lazy.ts";
const inline = "src/webhooks/receiver/inline-processor.lazy.ts";

/** Handlers that take events in batches. */
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
    find: "return incoming.attempt > 1;",
    replace: "return incoming.attempt < 0;",
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
    file: "src/webhooks/receiver/lanes.ts",
    find: "for (const lane of lanes) busy.add(lane);\n        if (mustWait) continue;",
    replace: "if (mustWait) continue;\n        for (const lane of lanes) busy.add(lane);",
    tests: ["test/webhooks/receiver/lanes.test.ts"],
  },
];
