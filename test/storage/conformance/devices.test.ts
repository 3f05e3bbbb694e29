import { describe } from "vitest";
import { deviceStoreCases } from "../../../src/storage/conformance/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { listMutants, removalMutants } from "./device-list-mutants.ts";
import { upsertMutants } from "./device-upsert-mutants.ts";
import { expectAllToFail } from "./mutants.ts";

describe("a broken store of devices is found out", () => {
  expectAllToFail(deviceStoreCases, ({ now }) => memoryStorage({ now }).deviceStore, {
    ...upsertMutants,
    ...listMutants,
    ...removalMutants,
  });
});
