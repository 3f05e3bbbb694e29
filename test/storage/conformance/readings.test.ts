import { describe } from "vitest";
import { readingStoreCases } from "../../../src/storage/conformance/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { expectAllToFail } from "./support/mutants.ts";
import { rollUpMutants } from "./support/reading-days-mutants.ts";
import { appendingMutants, rangeMutants } from "./support/reading-mutants.ts";
import { removalMutants } from "./support/reading-removal-mutants.ts";

describe("a broken store of readings is found out", () => {
  expectAllToFail(readingStoreCases, ({ now }) => memoryStorage({ now }).readingStore, {
    ...appendingMutants,
    ...rangeMutants,
    ...rollUpMutants,
    ...removalMutants,
  });
});
