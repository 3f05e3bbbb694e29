import { withSafeMessage } from "../../shared/store-reason.ts";
import type { ClaimedEvent, DeadLetter, EventStore, KeptEvent } from "../contracts/index.ts";
import { isAboutUser } from "../shared/event-payload.ts";
import { EventLanes, type LaneEvent } from "./event-lanes.ts";

/** Events that may wait at the same time; a delivery beyond them is refused, and sent again by Enode. */
const maxEvents = 10_000;
/** Deliveries that are remembered, to recognise their copies. */
const maxDeliveries = 10_000;

interface Delivery {
  readonly receivedAt: number;
  /** Events that are neither complete nor dead. */
  left: number;
}

interface Entry extends LaneEvent {
  readonly namespace: string;
  readonly event: KeptEvent;
  readonly delivery: Delivery;
  /** Empty when nobody holds it. */
  lease: string;
  /** When its lease ends, by the clock that nobody sets. */
  heldUntil: number;
  attempt: number;
}

interface DeadEntry {
  readonly entry: Entry;
  readonly reason: string;
  readonly failedAt: number;
}

/**
 * Keeps webhook events in the memory of this process.
 *
 * @param now The time of day, in ms since the epoch.
 * @param steady The time in ms that has passed since any moment, whatever the time of day is set to.
 */
export function memoryEventStore(now: () => number, steady: () => number = now): EventStore {
  const deliveries = new Map<string, Delivery>();
  const waiting = new Map<string, Entry>();
  const lanesOf = new Map<string, EventLanes<Entry>>();
  // In the order in which they died.
  const dead = new Map<string, DeadEntry>();
  let lastId = 0;
  let lastLease = 0;

  /** The entry of a claim, unless the claim has been overtaken. */
  const held = ({ id, lease }: ClaimedEvent) => {
    const entry = waiting.get(id);
    return entry?.lease === lease ? entry : undefined;
  };

  const lanes = (namespace: string) => {
    const known = lanesOf.get(namespace) ?? new EventLanes<Entry>();
    lanesOf.set(namespace, known);
    return known;
  };

  const add = (entry: Entry) => {
    waiting.set(entry.event.id, entry);
    lanes(entry.namespace).add(entry);
  };

  const settle = (entry: Entry) => {
    waiting.delete(entry.event.id);
    lanes(entry.namespace).remove(entry);
    entry.delivery.left--;
  };

  const complete = (event: ClaimedEvent) => {
    const entry = held(event);
    if (entry) settle(entry);
    return entry !== undefined;
  };

  const release = (entry: Entry, dueAt: number) => {
    entry.lease = "";
    // One that is due at the epoch or before has been tried all the same.
    lanes(entry.namespace).release(entry, Math.max(dueAt, Number.MIN_VALUE));
  };

  return {
    async append({ namespace, digest, deliveryId, receivedAt, events }) {
      const key = keyOf(namespace, digest);
      if (deliveries.has(key)) return "duplicate";
      if (waiting.size + events.length > maxEvents) {
        throw withSafeMessage(
          new Error(
            `memory holds ${waiting.size} events that wait, and takes no more than ${maxEvents}`,
          ),
        );
      }
      forgetOldest(deliveries);
      const delivery = { receivedAt, left: events.length };
      deliveries.set(key, delivery);
      for (const { index, lane, payload } of events) {
        const id = String(++lastId);
        const event = { id, payload, index, digest, deliveryId, receivedAt };
        add({
          namespace,
          lane,
          order: lastId,
          event,
          delivery,
          dueAt: 0,
          lease: "",
          heldUntil: 0,
          attempt: 0,
        });
      }
      return "new";
    },

    async claim(limit, lease, namespace = "default") {
      const claimedAt = now();
      const passed = steady();
      const ofNamespace = lanes(namespace);
      return dueOf(ofNamespace, limit, claimedAt, passed).map((entry) => {
        entry.lease = String(++lastLease);
        entry.attempt++;
        entry.heldUntil = passed + lease;
        ofNamespace.hold(entry, claimedAt + lease);
        return { ...entry.event, lease: entry.lease, attempt: entry.attempt };
      });
    },

    async complete(event) {
      return complete(event);
    },

    async completeMany(events) {
      return events.map(complete);
    },

    async fail(event, reason, retryAt) {
      const entry = held(event);
      if (!entry) return false;
      if (retryAt !== undefined) {
        release(entry, retryAt);
        return true;
      }
      entry.lease = "";
      settle(entry);
      dead.set(event.id, { entry, reason, failedAt: now() });
      const [oldest] = dead.keys();
      if (dead.size > maxEvents && oldest !== undefined) dead.delete(oldest);
      return true;
    },

    async postpone(postponements) {
      const from = now();
      return postponements.map(({ event, pause, attempts }) => {
        const entry = held(event);
        if (!entry) return false;
        entry.attempt = attempts;
        release(entry, from + pause);
        return true;
      });
    },

    async renew(events, lease) {
      const until = now() + lease;
      const heldUntil = steady() + lease;
      return events.map((event) => {
        const entry = held(event);
        // A lane whose lease had ended may have gone on with an earlier event, which was revived.
        if (!entry || !lanes(entry.namespace).isHead(entry)) return false;
        entry.heldUntil = heldUntil;
        lanes(entry.namespace).hold(entry, until);
        return true;
      });
    },

    async counts(namespace = "default") {
      const at = now();
      const live = [...waiting.values()].filter((entry) => entry.namespace === namespace);
      const heldNow = live.filter(({ lease, dueAt }) => lease !== "" && dueAt > at).length;
      const oldest = live.reduce<Entry | undefined>(
        (first, entry) => (first && first.order < entry.order ? first : entry),
        undefined,
      );
      return {
        waiting: live.length - heldNow,
        due: lanes(namespace).countDue(at),
        held: heldNow,
        dead: [...dead.values()].filter(({ entry }) => entry.namespace === namespace).length,
        oldestAge: oldest ? Math.max(0, at - oldest.event.receivedAt) : 0,
      };
    },

    async deadLetters(limit = 100, namespace = "default") {
      const found = [...dead.values()].filter(({ entry }) => entry.namespace === namespace);
      return found.reverse().slice(0, limit).map(toDeadLetter);
    },

    async revive(ids, namespace = "default") {
      const found = [...new Set(ids)]
        .flatMap((id) => dead.get(id) ?? [])
        .filter(({ entry }) => entry.namespace === namespace);
      for (const { entry } of found) {
        dead.delete(entry.event.id);
        entry.delivery.left++;
        add({ ...entry, dueAt: 0, attempt: 0 });
      }
      return found.length;
    },

    async discard(ids, namespace = "default") {
      const found = [...new Set(ids)].filter((id) => dead.get(id)?.entry.namespace === namespace);
      for (const id of found) dead.delete(id);
      return found.length;
    },

    async prune(before, namespace = "default") {
      let pruned = 0;
      const start = keyOf(namespace, "");
      for (const [key, { receivedAt, left }] of deliveries) {
        if (left > 0 || receivedAt >= before || !key.startsWith(start)) continue;
        deliveries.delete(key);
        pruned++;
      }
      for (const [id, { entry }] of dead) {
        if (entry.namespace === namespace && entry.event.receivedAt < before) dead.delete(id);
      }
      return pruned;
    },

    async erase(userId, namespace = "default") {
      const isToGo = (entry: Entry) =>
        entry.namespace === namespace && isAboutUser(userId, entry.event.payload);
      const ofWaiting = [...waiting.values()].filter(isToGo);
      const ofDead = [...dead.values()].filter(({ entry }) => isToGo(entry));
      ofWaiting.forEach(settle);
      for (const { entry } of ofDead) dead.delete(entry.event.id);
      return ofWaiting.length + ofDead.length;
    },
  };
}

/**
 * What is due, without the lanes of leases that have ended by the time of day alone, as it was set forward: their
 * handlers still run. Their ends are put off.
 */
function dueOf(
  lanes: EventLanes<Entry>,
  limit: number,
  timeOfDay: number,
  passed: number,
): Entry[] {
  for (;;) {
    const due = lanes.due(limit, timeOfDay);
    const early = due
      .flatMap((entry) => lanes.holderOf(entry) ?? [])
      .filter(({ heldUntil }) => heldUntil > passed);
    if (early.length === 0) return due;
    for (const entry of early) lanes.hold(entry, timeOfDay + Math.ceil(entry.heldUntil - passed));
  }
}

/** As JSON, so that no pair of namespace and digest looks like another one. */
function keyOf(namespace: string, digest: string): string {
  return `${JSON.stringify(namespace)}:${digest}`;
}

function forgetOldest(deliveries: Map<string, Delivery>): void {
  if (deliveries.size < maxDeliveries) return;
  for (const [key, { left }] of deliveries) {
    if (left > 0) continue;
    deliveries.delete(key);
    return;
  }
}

function toDeadLetter({ entry, reason, failedAt }: DeadEntry): DeadLetter {
  return { ...entry.event, attempts: entry.attempt, reason, failedAt };
}
