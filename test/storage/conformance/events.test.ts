import { describe } from "vitest";
import { eventStoreCases } from "../../../src/storage/conformance/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import {
  arrivalMutants,
  claimMutants,
  deliveryMutants,
  retentionMutants,
  settlingMutants,
} from "./support/event-mutants.ts";
import { expectAllToFail } from "./support/mutants.ts";

describe("a broken store of events is found out", () => {
  expectAllToFail(eventStoreCases, ({ now }) => memoryStorage({ now }).eventStore, {
    ...deliveryMutants,
    ...claimMutants,
    ...arrivalMutants,
    ...settlingMutants,
    ...retentionMutants,
  });
});
