import { describe } from "vitest";
import { deviceStoreCases } from "../../../src/storage/conformance/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { listMutants, removalMutants } from "./support/device-list-mutants.ts";
import { upsertMutants } from "./support/device-upsert-mutants.ts";
import { expectAllToFail } from "./support/mutants.ts";

describe("a broken store of devices is found out", () => {
  expectAllToFail(deviceStoreCases, ({ now }) => memoryStorage({ now }).deviceStore, {
    ...upsertMutants,
    ...listMutants,
    ...removalMutants,
  });
});
