import { describe, expect, it } from "vitest";
import { eventStoreCases } from "../../../src/storage/conformance/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { arrivalMutants, claimMutants, deliveryMutants } from "./support/event-mutants.ts";
import {
  countMutants,
  postponementMutants,
  renewalMutants,
} from "./support/event-postponing-mutants.ts";
import { retentionMutants } from "./support/event-retention-mutants.ts";
import { completionMutants, settlingMutants } from "./support/event-settling-mutants.ts";
import { expectAllToFail } from "./support/mutants.ts";

describe("a broken store of events is found out", () => {
  expectAllToFail(eventStoreCases, ({ now }) => memoryStorage({ now }).eventStore, {
    ...deliveryMutants,
    ...claimMutants,
    ...arrivalMutants,
    ...settlingMutants,
    ...completionMutants,
    ...postponementMutants,
    ...renewalMutants,
    ...countMutants,
    ...retentionMutants,
  });
});

it.each(eventStoreCases)("a store without the optional methods passes: $name", async ({ run }) => {
  expect.assertions(0);
  await run(({ now }) => {
    const { eventStore } = memoryStorage({ now });
    return {
      ...eventStore,
      appendAndClaim: undefined,
      completeMany: undefined,
      postpone: undefined,
      renew: undefined,
      counts: undefined,
      listen: undefined,
    };
  });
});
