import type { Meter, ObservableGauge } from "@opentelemetry/api";
import type { EventCounts } from "../storage/contracts/index.ts";
import { attribute } from "./attributes.ts";
import type { ObservableReceiver } from "./receiver.ts";

/** In which unit each count of the store is reported, and its name. */
const counts: readonly [count: keyof EventCounts, name: string, description: string][] = [
  ["waiting", "enode.events.waiting", "Events in the store that nobody holds."],
  ["due", "enode.events.due", "Those of them that could be handled now."],
  ["held", "enode.events.held", "Events that are being handled."],
  ["dead", "enode.events.dead", "Dead letters in the store."],
];

/**
 * Reports what the store of a receiver holds. It reads what the receiver has counted last, so that collecting costs the
 * store nothing. The numbers are of the store and not of the process: of several processes take the largest one.
 */
export function observeQueue(receiver: ObservableReceiver, meter: Meter): void {
  const events = counts.map(([count, name, description]) => {
    return [count, meter.createObservableGauge(name, { description, unit: "{event}" })] as const;
  });
  const oldestAge = meter.createObservableGauge("enode.events.oldest_age", {
    description: "How long ago the oldest event came that is neither handled nor dead.",
    unit: "s",
  });
  const circuit = meter.createObservableGauge("enode.receiver.circuit_open", {
    description: "1 while what handlers need seems to be down.",
  });
  const pending = meter.createObservableGauge("enode.events.pending", {
    description: "Enode's own estimate of the events that it has still to deliver.",
    unit: "{event}",
  });
  const all: ObservableGauge[] = [...events.map(([, gauge]) => gauge), oldestAge, circuit, pending];
  meter.addBatchObservableCallback((result) => {
    const { events: stored, pendingEvents, circuit: state } = receiver.health();
    const attributes = { [attribute.namespace]: receiver.namespace };
    result.observe(circuit, state === "open" ? 1 : 0, attributes);
    if (pendingEvents !== undefined) result.observe(pending, pendingEvents, attributes);
    if (!stored) return;
    for (const [count, gauge] of events) result.observe(gauge, stored[count], attributes);
    result.observe(oldestAge, stored.oldestAge / 1_000, attributes);
  }, all);
}
