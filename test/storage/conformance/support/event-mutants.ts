import type {
  ClaimedEvent,
  DeliveryRecord,
  EventRecord,
  EventStore,
} from "../../../../src/storage/contracts/index.ts";
import { type Mutant, MutantRefusal, type Mutants, pause, withoutNul } from "./mutants.ts";

const appending =
  (change: (delivery: DeliveryRecord) => Partial<DeliveryRecord>): Mutant<EventStore> =>
  (store) => ({ append: (delivery) => store.append({ ...delivery, ...change(delivery) }) });

export const appendingEvents = (
  change: (event: EventRecord) => Partial<EventRecord>,
): Mutant<EventStore> =>
  appending(({ events }) => ({ events: events.map((event) => ({ ...event, ...change(event) })) }));

const claiming =
  (change: (events: ClaimedEvent[]) => ClaimedEvent[]): Mutant<EventStore> =>
  (store) => ({ claim: async (...about) => change(await store.claim(...about)) });

/** Does not recognise deliveries from before what the methods do that are named. */
export const forgettingAfter =
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

export const withoutLanes: Mutant<EventStore> = appendingEvents(() => ({ lane: null }));

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
  // It holds one more than it hands out.
  "hands out each of many retries that are due, as many as asked for at a time": (store) => ({
    claim: async (limit, ...rest) => (await store.claim(limit + 1, ...rest)).slice(0, limit),
  }),
  "hands out at once what is to be retried at the epoch or before": (store, now) => ({
    fail: (event, reason, retryAt) =>
      store.fail(event, reason, retryAt === undefined ? undefined : Math.max(retryAt, now() + 1)),
  }),
  "closes no lane whose only event is completed while another one is appended": (store) => {
    let completing = 0;
    return {
      async complete(event) {
        completing++;
        await pause();
        completing--;
        return store.complete(event);
      },
      append: (delivery) =>
        store.append(completing > 0 ? { ...delivery, events: delivery.events.slice(1) } : delivery),
    };
  },
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
