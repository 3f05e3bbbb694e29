import { withSafeMessage } from "../../shared/store-reason.ts";
import type { ClaimedEvent, DeadLetter, EventStore, KeptEvent } from "../contracts/index.ts";
import { isAboutUser } from "../shared/event-payload.ts";

/** Events that may wait at the same time; a delivery beyond them is refused, and sent again by Enode. */
const maxEvents = 10_000;
/** Deliveries that are remembered, to recognise their copies. */
const maxDeliveries = 10_000;

interface Delivery {
  readonly receivedAt: number;
  /** Events that are neither complete nor dead. */
  left: number;
}

interface Entry {
  readonly namespace: string;
  readonly lane: string | null;
  readonly event: KeptEvent;
  readonly delivery: Delivery;
  /** From when on it may be handed out, in ms since the epoch. */
  dueAt: number;
  lease: string;
  attempt: number;
}

interface DeadEntry {
  readonly entry: Entry;
  readonly reason: string;
  readonly failedAt: number;
}

/** Keeps webhook events in the memory of this process. */
export function memoryEventStore(now: () => number): EventStore {
  const deliveries = new Map<string, Delivery>();
  // Both in the order in which they were added.
  const waiting = new Map<string, Entry>();
  const dead = new Map<string, DeadEntry>();
  let lastId = 0;
  let lastLease = 0;

  /** The entry of a claim, unless the claim has been overtaken. */
  const held = ({ id, lease }: ClaimedEvent) => {
    const entry = waiting.get(id);
    return entry?.lease === lease ? entry : undefined;
  };

  const settle = (entry: Entry) => {
    waiting.delete(entry.event.id);
    entry.delivery.left--;
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
        waiting.set(id, { namespace, lane, event, delivery, dueAt: 0, lease: "", attempt: 0 });
      }
      return "new";
    },

    async claim(limit, lease, namespace = "default") {
      const claimedAt = now();
      const entries = [...waiting.values()].filter((entry) => entry.namespace === namespace);
      // Also of a lane whose first event was revived while a later one is held, nothing is handed out.
      const held = entries.filter(({ lease, dueAt }) => lease !== "" && dueAt > claimedAt);
      const lanes = new Set(held.map(({ lane }) => lane));
      const claimed: ClaimedEvent[] = [];
      for (const entry of entries) {
        if (claimed.length >= limit) break;
        // Only the first one of each lane is looked at, whether it is due or not.
        if (entry.lane !== null && lanes.has(entry.lane)) continue;
        if (entry.lane !== null) lanes.add(entry.lane);
        if (entry.dueAt > claimedAt) continue;
        entry.dueAt = claimedAt + lease;
        entry.lease = String(++lastLease);
        entry.attempt++;
        claimed.push({ ...entry.event, lease: entry.lease, attempt: entry.attempt });
      }
      return claimed;
    },

    async complete(event) {
      const entry = held(event);
      if (entry) settle(entry);
      return entry !== undefined;
    },

    async fail(event, reason, retryAt) {
      const entry = held(event);
      if (!entry) return false;
      entry.lease = "";
      if (retryAt !== undefined) {
        entry.dueAt = retryAt;
        return true;
      }
      settle(entry);
      dead.set(event.id, { entry, reason, failedAt: now() });
      const [oldest] = dead.keys();
      if (dead.size > maxEvents && oldest !== undefined) dead.delete(oldest);
      return true;
    },

    async deadLetters(limit = 100, namespace = "default") {
      const found = [...dead.values()].filter(({ entry }) => entry.namespace === namespace);
      return found.reverse().slice(0, limit).map(toDeadLetter);
    },

    async revive(ids) {
      const found = [...new Set(ids)].flatMap((id) => dead.get(id) ?? []);
      for (const { entry } of found) {
        dead.delete(entry.event.id);
        entry.delivery.left++;
        waiting.set(entry.event.id, { ...entry, dueAt: 0, attempt: 0 });
      }
      // Back to their places: an ID is a count.
      const inOrder = [...waiting].sort(([a], [b]) => Number(a) - Number(b));
      waiting.clear();
      for (const [id, entry] of inOrder) waiting.set(id, entry);
      return found.length;
    },

    async prune(before, namespace = "default") {
      let pruned = 0;
      for (const [key, { receivedAt, left }] of deliveries) {
        if (left > 0 || receivedAt >= before || !key.startsWith(keyOf(namespace, ""))) continue;
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
