import type { ClaimedEvent, EventStore } from "../../../../src/storage/contracts/index.ts";
import { type Mutant, type Mutants, pause } from "./mutants.ts";

/** Takes whoever holds an event for the one who settles it. */
export const trustingIds: Mutant<EventStore> = (store) => {
  const latest = new Map<string, string>();
  const trusted = (event: ClaimedEvent) => ({ ...event, lease: latest.get(event.id) ?? "" });
  return {
    async claim(...about) {
      const events = await store.claim(...about);
      for (const { id, lease } of events) latest.set(id, lease);
      return events;
    },
    complete: (event) => store.complete(trusted(event)),
    postpone: async (all) =>
      store.postpone?.(all.map((one) => ({ ...one, event: trusted(one.event) }))) ?? [],
    renew: async (events, lease) => store.renew?.(events.map(trusted), lease) ?? [],
  };
};

/** Puts what is revived where its lane ends. */
const revivingAtTheEnd: Mutant<EventStore> = (store) => {
  let last = 0;
  return {
    async revive(ids) {
      const found = (await store.deadLetters()).filter(({ id }) => ids.includes(id));
      for (const { id, index, payload } of found) {
        const digest = `revived ${++last}`;
        const events = [{ index, lane: "x", payload }];
        await store.append({
          namespace: "default",
          digest,
          deliveryId: id,
          receivedAt: 1_000,
          events,
        });
      }
      return found.length;
    },
  };
};

/** Forgets what is revived while another one is held. */
const forgettingWhileHeld: Mutant<EventStore> = (store) => {
  let held = 0;
  return {
    async claim(...about) {
      const events = await store.claim(...about);
      held += events.length;
      return events;
    },
    fail(...about) {
      held--;
      return store.fail(...about);
    },
    revive: async (ids) => (held > 0 ? ids.length : store.revive(ids)),
  };
};

export const settlingMutants: Mutants<EventStore> = {
  "completes an event once": (store) => ({
    complete: async (event) => (await store.complete(event)) || true,
  }),
  "lets a worker finish after the end of its lease when nobody took over": (store, now) => {
    let endsAt = 0;
    return {
      claim(limit, lease, ...namespace) {
        endsAt = now() + lease;
        return store.claim(limit, lease, ...namespace);
      },
      complete: async (event) => now() < endsAt && store.complete(event),
    };
  },
  "changes nothing for a worker whose event another one has taken": trustingIds,
  "changes nothing for a worker that has given its event back": (store) => ({
    // No lease is what an event has that nobody holds.
    complete: async (event) =>
      (await store.complete(event)) || store.complete({ ...event, lease: "" }),
  }),
  "lets one of 20 complete an event at the same time": (store) => {
    const done = new Set<string>();
    return {
      async complete(event) {
        const isFirst = !done.has(event.id);
        await pause();
        done.add(event.id);
        await store.complete(event);
        return isFirst;
      },
    };
  },
  "keeps dead letters with their reason, the latest first": (store) => ({
    deadLetters: async (...about) =>
      (await store.deadLetters(...about)).map((letter) => ({
        ...letter,
        failedAt: letter.receivedAt,
      })),
  }),
  "lists dead letters by the time of their death": (store) => ({
    deadLetters: async (...about) =>
      (await store.deadLetters(...about)).sort((a, b) => Number(b.id) - Number(a.id)),
  }),
  "lists 100 dead letters unless told otherwise": (store) => ({
    deadLetters: (limit = 1_000, ...namespace) => store.deadLetters(limit, ...namespace),
  }),
  "revives dead letters, from their first attempt on": (store) => {
    const revived = new Set<string>();
    return {
      async revive(ids) {
        for (const id of ids) revived.add(id);
        return store.revive(ids);
      },
      claim: async (...about) =>
        (await store.claim(...about)).map((event) => ({
          ...event,
          attempt: event.attempt + (revived.has(event.id) ? 1 : 0),
        })),
    };
  },
  "revives a dead letter that is named twice once": (store) => ({
    revive: async (ids) => ((await store.revive(ids)) === 0 ? 0 : ids.length),
  }),
  "revives dead letters of one namespace only": (store) => ({
    revive: async (ids, namespace = "default") =>
      (await store.revive(ids, namespace)) + (await store.revive(ids, "one")),
  }),
  "discards dead letters that are named, and no other events": (store) => ({
    discard: async (ids, ...namespace) => {
      await store.revive(ids, ...namespace);
      return (await store.discard?.(ids, ...namespace)) ?? 0;
    },
  }),
  "discards dead letters of one namespace only": (store) => ({
    discard: async (ids, namespace = "default") =>
      ((await store.discard?.(ids, namespace)) ?? 0) + ((await store.discard?.(ids, "one")) ?? 0),
  }),
  "hands out a revived event at its old place in its lane": revivingAtTheEnd,
  "keeps a revived event waiting while another one of its lane is held": (store) => {
    let held: ClaimedEvent[] = [];
    return {
      async claim(...about) {
        held = await store.claim(...about);
        return held;
      },
      async revive(ids) {
        for (const event of held) await store.fail(event, "", 0);
        return store.revive(ids);
      },
    };
  },
  "hands out a revived event before later ones of its lane that wait": revivingAtTheEnd,
  "hands out a revived event when one that was held meanwhile is given back": forgettingWhileHeld,
  "hands out a revived event when the lease of a later one of its lane has ended":
    forgettingWhileHeld,
};

export const completionMutants: Mutants<EventStore> = {
  "completes several events in one call, and answers in their order, if it has completeMany": (
    store,
  ) => ({
    completeMany: async (events) => ((await store.completeMany?.(events)) ?? []).toSorted(),
  }),
  "lets lanes go on after events that were completed together": (store) => ({
    async completeMany(events) {
      await store.completeMany?.(events.slice(1));
      return events.map(() => true);
    },
  }),
};
