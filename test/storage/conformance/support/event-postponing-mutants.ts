import type {
  EventCounts,
  EventStore,
  Postponement,
} from "../../../../src/storage/contracts/index.ts";
import { withoutLanes } from "./event-mutants.ts";
import { trustingIds } from "./event-settling-mutants.ts";
import type { Mutant, Mutants } from "./mutants.ts";

/** Changes what is asked for of each event. */
const postponing =
  (change: (one: Postponement) => Partial<Postponement>): Mutant<EventStore> =>
  (store) => ({
    postpone: async (all) => store.postpone?.(all.map((one) => ({ ...one, ...change(one) }))) ?? [],
  });

export const postponementMutants: Mutants<EventStore> = {
  "hands out a postponed event exactly after its pause, also one of a fraction of a ms": postponing(
    ({ pause }) => ({ pause: Math.floor(pause) }),
  ),
  "counts as many attempts of a postponed event as it is told": postponing(({ attempts }) => ({
    attempts: Math.max(1, attempts),
  })),
  "postpones several events in one call, and answers in their order": (store) => ({
    postpone: async (all) => ((await store.postpone?.(all)) ?? []).toSorted(),
  }),
  "postpones nothing for a worker whose claim is over": trustingIds,
  "keeps the lane of a postponed event waiting, and in its order": withoutLanes,
  "changes nothing else of a postponed event": (store, now) => {
    let came: number | undefined;
    return {
      async postpone(all) {
        came = now();
        return store.postpone?.(all) ?? [];
      },
      claim: async (...about) =>
        (await store.claim(...about)).map((event) => ({
          ...event,
          receivedAt: came ?? event.receivedAt,
        })),
    };
  },
};

export const renewalMutants: Mutants<EventStore> = {
  "holds a renewed event until the very end of its new lease": (store) => ({
    renew: async (events, lease) => store.renew?.(events, lease - 1) ?? [],
  }),
  "renews several leases in one call, and answers in their order": (store) => ({
    renew: async (events, lease) => ((await store.renew?.(events, lease)) ?? []).toSorted(),
  }),
  "renews no lease that another worker has by now": trustingIds,
  "renews no lease whose lane has gone on with a revived event": (store) => ({
    async renew(events, lease) {
      await store.renew?.(events, lease);
      return events.map(() => true);
    },
  }),
  "lets a worker go on that renews after the end of its lease when nobody took over": (
    store,
    now,
  ) => {
    let endsAt = 0;
    return {
      claim(limit, lease, ...namespace) {
        endsAt = now() + lease;
        return store.claim(limit, lease, ...namespace);
      },
      renew: async (events, lease) =>
        now() < endsAt ? (store.renew?.(events, lease) ?? []) : events.map(() => false),
    };
  },
};

/** Changes what was counted. */
const counting =
  (change: (counts: EventCounts) => Partial<EventCounts>): Mutant<EventStore> =>
  (store) => ({
    async counts(...namespace) {
      const counts = (await store.counts?.(...namespace)) ?? none;
      return { ...counts, ...change(counts) };
    },
  });

const none: EventCounts = { waiting: 0, due: 0, held: 0, dead: 0, oldestAge: 0 };

const dueAtOnce = counting(({ waiting }) => ({ due: waiting }));

export const countMutants: Mutants<EventStore> = {
  "counts events that wait, behind others too, are held, or dead": counting(({ due }) => ({
    waiting: due,
  })),
  "counts an event as held until the very end of its lease, and then as due": (store) => {
    let held = 0;
    return {
      async claim(...about) {
        const events = await store.claim(...about);
        held += events.length;
        return events;
      },
      counts: async (...namespace) => ({
        ...((await store.counts?.(...namespace)) ?? none),
        held,
      }),
    };
  },
  "counts an event that waits for its retry as due from then on": dueAtOnce,
  "counts a revived event as waiting for a later one that is held": dueAtOnce,
  "tells how long ago the oldest event came that is neither complete nor dead": (store, now) => {
    let first: number | undefined;
    return {
      append(delivery) {
        first ??= delivery.receivedAt;
        return store.append(delivery);
      },
      counts: async (...namespace) => ({
        ...((await store.counts?.(...namespace)) ?? none),
        oldestAge: now() - (first ?? now()),
      }),
    };
  },
  "counts the events of one namespace only": (store) => ({
    counts: async () => (await store.counts?.("one")) ?? none,
  }),
};
