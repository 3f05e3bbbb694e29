import type {
  ClaimedEvent,
  DeliveryRecord,
  EventRecord,
  EventStore,
} from "../../../../src/storage/contracts/index.ts";
import { type Mutant, MutantRefusal, type Mutants, pause, withoutNul } from "./mutants.ts";

/** Longer than any case. */
const long = 3_600_000;

const appending =
  (change: (delivery: DeliveryRecord) => Partial<DeliveryRecord>): Mutant<EventStore> =>
  (store) => ({ append: (delivery) => store.append({ ...delivery, ...change(delivery) }) });

const appendingEvents = (
  change: (event: EventRecord) => Partial<EventRecord>,
): Mutant<EventStore> =>
  appending(({ events }) => ({ events: events.map((event) => ({ ...event, ...change(event) })) }));

const claiming =
  (change: (events: ClaimedEvent[]) => ClaimedEvent[]): Mutant<EventStore> =>
  (store) => ({ claim: async (...about) => change(await store.claim(...about)) });

/** Does not recognise deliveries from before what the methods do that are named. */
const forgettingAfter =
  (...methods: ("complete" | "erase")[]): Mutant<EventStore> =>
  (store) => {
    let since = "";
    return {
      append: (delivery) => store.append({ ...delivery, digest: delivery.digest + since }),
      async complete(event) {
        if (methods.includes("complete")) since += "'";
        return store.complete(event);
      },
      async erase(...about) {
        if (methods.includes("erase")) since += "'";
        return store.erase(...about);
      },
    };
  };

/** Gives all who ask at the same time the same events. */
const claimingTogether: Mutant<EventStore> = (store) => {
  let answer: Promise<ClaimedEvent[]> | undefined;
  return {
    claim(...about) {
      answer ??= store.claim(...about);
      const shared = answer;
      setImmediate(() => {
        answer = undefined;
      });
      return shared;
    },
  };
};

export const deliveryMutants: Mutants<EventStore> = {
  "keeps one of 100 simultaneous copies of a delivery": (store) => {
    const seen = new Set<string>();
    return {
      async append(delivery) {
        const isNew = !seen.has(delivery.digest);
        await pause();
        seen.add(delivery.digest);
        await store.append(delivery);
        return isNew ? "new" : "duplicate";
      },
    };
  },
  "recognises a delivery whose events are all complete or dead": forgettingAfter("complete"),
  "recognises a delivery without events": (store) => ({
    append: async (delivery) => (delivery.events.length === 0 ? "new" : store.append(delivery)),
  }),
  "gives events back as they came": claiming((events) =>
    events.map((event, index) => ({ ...event, index })),
  ),
  "gives JSON texts back as they came": appendingEvents(({ payload }) => ({
    payload: JSON.stringify(JSON.parse(payload)),
  })),
  "keeps a delivery without an ID": appending(({ deliveryId = "" }) => ({ deliveryId })),
  "keeps namespaces apart: copies, lanes, claims, dead letters and pruning": (store) => {
    const seen = new Set<string>();
    return {
      async append(delivery) {
        if (seen.has(delivery.digest)) return "duplicate";
        seen.add(delivery.digest);
        return store.append(delivery);
      },
    };
  },
  "takes the namespace that is left out for the default one": (store) => ({
    prune: (before, namespace = "none") => store.prune(before, namespace),
  }),
  "keeps hostile namespaces, digests and lanes apart": appendingEvents(({ lane }) => ({
    lane: lane?.toLowerCase() ?? null,
  })),
  "keeps what has NUL in its digest or lane apart, or refuses it": appending(({ digest }) => ({
    digest: withoutNul(digest),
  })),
  "takes lanes that are no well-formed text": appendingEvents(({ lane }) => ({
    lane: lane?.isWellFormed() ? lane : null,
  })),
  "keeps hostile reasons and IDs of deliveries": (store) => ({
    fail: (event, reason, retryAt) => store.fail(event, reason.replaceAll("'", "''"), retryAt),
  }),
  "takes a reason with NUL, and keeps what it can of it": (store) => ({
    async fail(event, reason, retryAt) {
      if (reason.includes("\u0000")) throw new MutantRefusal("no text");
      return store.fail(event, reason, retryAt);
    },
  }),
};

/** Changes when a failed event is due. */
const retryingAt =
  (change: (retryAt: number) => number): Mutant<EventStore> =>
  (store) => ({
    fail: (event, reason, retryAt) =>
      store.fail(event, reason, retryAt === undefined ? undefined : change(retryAt)),
  });

const withoutLanes = appendingEvents(() => ({ lane: null }));

export const claimMutants: Mutants<EventStore> = {
  "hands out the oldest first, as many as asked for": claiming((events) => events.toReversed()),
  "hands out each event once to many who ask at the same time": claimingTogether,
  "holds a lane for one of many who ask at the same time": claimingTogether,
  "hands out an event again when its lease has ended, as the next attempt": claiming((events) =>
    events.map((event) => ({ ...event, attempt: 1 })),
  ),
  "holds an event until the very end of its lease": (store) => ({
    claim: (limit, lease, ...namespace) => store.claim(limit, lease - 1, ...namespace),
  }),
  "takes a lease of 0 ms, and of a fraction of a ms": (store) => ({
    claim: (limit, lease, ...namespace) => store.claim(limit, Math.floor(lease), ...namespace),
  }),
  "hands out one event of a lane at a time, in the order of their arrival": withoutLanes,
  "keeps a lane waiting for the retry of its first event": retryingAt(() => 0),
  "hands out the first of a lane again before the second when its lease has ended": withoutLanes,
  "never lets an event without a lane wait, nor others wait for it": appendingEvents(
    ({ lane }) => ({ lane: lane ?? "none" }),
  ),
  "hands out a failed event when its retry is due, also at a fraction of a ms": retryingAt(
    Math.floor,
  ),
};

/** Appends and then claims, one way or another. */
const arriving =
  (
    about: {
      change?: (delivery: DeliveryRecord) => DeliveryRecord;
      claim?: (store: EventStore, limit: number, lease: number) => Promise<ClaimedEvent[]>;
      copies?: ClaimedEvent[];
    } = {},
  ): Mutant<EventStore> =>
  (store) => ({
    async appendAndClaim(delivery, limit, lease) {
      const { change = (same) => same, copies } = about;
      const outcome = await store.append(change(delivery));
      if (outcome === "duplicate") return copies ?? outcome;
      if (about.claim) return about.claim(store, limit, lease);
      return store.claim(limit, lease, delivery.namespace);
    },
  });

export const arrivalMutants: Mutants<EventStore> = {
  "hands out at once the first of each lane, as many as asked for, if it has appendAndClaim":
    arriving({ claim: (store, limit, lease) => store.claim(limit + 1, lease, "one") }),
  // It asks for the oldest ones, whatever delivery they are of.
  "hands out at once nothing behind an earlier event of its lane, nor of other deliveries":
    arriving(),
  "hands out at once what no event of its lane and namespace is before, but dead ones": arriving({
    claim: async () => [],
  }),
  "hands out the events of one of 20 simultaneous copies, if it has appendAndClaim": arriving({
    copies: [],
  }),
  "hands out again what it handed out at once, when the lease has ended": arriving({
    claim: (store, limit, lease) => store.claim(limit, lease + 1),
  }),
};

/** Takes whoever holds an event for the one who settles it. */
const trustingIds: Mutant<EventStore> = (store) => {
  const latest = new Map<string, string>();
  const trusted = (event: ClaimedEvent) => ({ ...event, lease: latest.get(event.id) ?? "" });
  return {
    async claim(...about) {
      const events = await store.claim(...about);
      for (const { id, lease } of events) latest.set(id, lease);
      return events;
    },
    complete: (event) => store.complete(trusted(event)),
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
  "hands out a revived event at its old place in its lane": (store) => {
    // Puts it where the lane ends.
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
  },
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
};

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
