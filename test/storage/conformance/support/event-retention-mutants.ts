import type { EventStore } from "../../../../src/storage/contracts/index.ts";
import { appendingEvents, forgettingAfter } from "./event-mutants.ts";
import type { Mutant, Mutants } from "./mutants.ts";

/** Longer than any case. */
const long = 3_600_000;

/** Erases nothing as long as there is such an event. */
const erasingUnless =
  (isSuch: (last: "claim" | "fail" | undefined, dead: number) => boolean): Mutant<EventStore> =>
  (store) => {
    let last: "claim" | "fail" | undefined;
    return {
      claim(...about) {
        last = "claim";
        return store.claim(...about);
      },
      fail(...about) {
        last = "fail";
        return store.fail(...about);
      },
      async erase(...about) {
        const { length } = await store.deadLetters();
        return isSuch(last, length) ? 0 : store.erase(...about);
      },
    };
  };

export const retentionMutants: Mutants<EventStore> = {
  "prunes old deliveries, but none with events to be handled": (store) => ({
    prune: (before, ...namespace) => store.prune(before + 1, ...namespace),
  }),
  "prunes dead letters of old deliveries": (store) => ({
    async prune(before, ...namespace) {
      const { length } = await store.deadLetters();
      return length > 0 ? 0 : store.prune(before, ...namespace);
    },
  }),
  "does not prune a delivery with a revived event": (store) => ({
    async prune(before, ...namespace) {
      for (const event of await store.claim(100, long)) await store.complete(event);
      return store.prune(before, ...namespace);
    },
  }),
  "refuses a user or a namespace that has no value, and touches no event": (store) => ({
    // What an event that is about no user has in common with a user that was lost.
    erase: async (userId, ...namespace) =>
      userId === undefined ? 1 : store.erase(userId, ...namespace),
  }),
  "erases the events of one user that wait, and of no other": (store) => ({
    erase: async (userId) => (await store.erase(userId)) + (await store.erase("other")),
  }),
  "erases an event that is held, and lets its lane go on": erasingUnless(
    (last) => last === "claim",
  ),
  "erases an event that waits for its retry, and lets its lane go on": erasingUnless(
    (last, dead) => last === "fail" && dead === 0,
  ),
  "erases dead letters of one user, and of no other": erasingUnless((_last, dead) => dead > 0),
  "recognises a delivery whose events were erased, and prunes it": forgettingAfter("erase"),
  "erases in one namespace only": (store) => ({
    async erase(userId, ...namespace) {
      await store.erase(userId, "two");
      return store.erase(userId, ...namespace);
    },
  }),
  "erases by the user that the event is about, not by what looks like it": appendingEvents(
    ({ payload }) => ({ payload: payload.replace('"user":"user"', '"user":{"id":"user"}') }),
  ),
  "keeps users with hostile IDs apart when it erases": (store) => ({
    erase: (userId) => store.erase(userId.trim()),
  }),
};
