import { describe, it } from "vitest";
import { deviceStoreCases } from "../../../src/storage/conformance/index.ts";
import type { DeviceRecord, DeviceStore } from "../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { listMutants, removalMutants } from "./support/device-list-mutants.ts";
import { readingMutants } from "./support/device-reading-mutants.ts";
import { upsertMutants } from "./support/device-upsert-mutants.ts";
import { expectAllToFail } from "./support/mutants.ts";

describe("a broken store of devices is found out", () => {
  expectAllToFail(deviceStoreCases, ({ now }) => memoryStorage({ now }).deviceStore, {
    ...upsertMutants,
    ...readingMutants,
    ...listMutants,
    ...removalMutants,
  });
});

/** As a store of a host's own, with columns of its own and the rule of an earlier version. */
function withoutReadings(): DeviceStore {
  const store = memoryStorage({}).deviceStore;
  const upsert: DeviceStore["upsert"] = (records) =>
    store.upsert(
      records.map((record) => {
        const { readingAt: _, ...others } = record;
        return others satisfies DeviceRecord;
      }),
    );
  return { ...store, upsert };
}

describe("a store of devices that does not keep readings", () => {
  it.each(deviceStoreCases)("$name", ({ run }) => run(() => withoutReadings()));
});
