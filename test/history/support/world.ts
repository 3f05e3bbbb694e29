import type { Battery, Meter, Vehicle, WebhookEvent } from "../../../generated/types.ts";
import { History, type HistoryOptions } from "../../../src/history/index.ts";
import type { Enode } from "../../../src/index.ts";
import { memoryStorage, type ReadingStore } from "../../../src/storage/index.ts";
import { createClient, stubFetch } from "../../support/stub.ts";

/** A history in memory, whose time stands still. */
export interface World {
  readonly enode: Enode;
  readonly store: ReadingStore;
  readonly history: History;
  /** What it ignored. */
  readonly errors: unknown[];
  /** Its time, in ms since the epoch. */
  now: number;
}

export const hour = 3_600_000;
export const day = 86_400_000;
/** A Monday, long after the beginning of daylight saving time in Europe. */
export const start: number = Date.parse("2026-06-01T00:00:00Z");

export function createWorld(options: Partial<HistoryOptions> = {}): World {
  const store = options.store ?? memoryStorage().readingStore;
  const enode = options.enode ?? createClient({ fetch: stubFetch(), maxRetries: 0 });
  const errors: unknown[] = [];
  const world = { enode, store, errors, now: start + 10 * day };
  const history = new History({
    enode,
    store,
    onError: (error) => errors.push(error),
    now: () => world.now,
    ...options,
  });
  return Object.assign(world, { history });
}

type Name<Kind extends string> = Extract<
  WebhookEvent["event"],
  `user:${Kind}:${"updated" | "deleted" | "discovered"}`
>;

interface Told {
  /** When Enode told of it, in ms since the epoch. */
  readonly at: number;
  readonly userId?: string;
  readonly name?: string;
}

export function eventOf(
  kind: "vehicle" | "charger" | "battery" | "meter" | "inverter" | "hvac" | "hemSystem",
  device: object,
  { at, userId = "anna", name }: Told,
): WebhookEvent {
  const what = kind === "hemSystem" ? "hem-system" : kind;
  return {
    event: (name ?? `user:${what}:updated`) as Name<"vehicle">,
    createdAt: new Date(at).toISOString(),
    version: "2024-10-01",
    user: { id: userId },
    [kind]: device,
    updatedFields: [],
    // An event has one of many forms, and a test tells only what matters.
  } as unknown as WebhookEvent;
}

/** A vehicle that was read when Enode tells of it, or before. */
export function vehicleAt(
  at: number,
  chargeState: Partial<Vehicle["chargeState"]>,
  told: Partial<Told> & { readonly id?: string } = {},
): WebhookEvent {
  const state = { lastUpdated: new Date(at).toISOString(), ...chargeState };
  return eventOf("vehicle", { id: told.id ?? "car", chargeState: state }, { at, ...told });
}

/** A meter whose power was read. */
export function meterAt(
  at: number,
  power: Meter["energyState"]["power"],
  id = "meter",
): WebhookEvent {
  const energyState = { power, lastUpdated: new Date(at).toISOString() };
  return eventOf("meter", { id, energyState }, { at });
}

/** A battery whose power was read. */
export function batteryAt(at: number, chargeState: Partial<Battery["chargeState"]>): WebhookEvent {
  const state = { lastUpdated: new Date(at).toISOString(), ...chargeState };
  return eventOf("battery", { id: "battery", chargeState: state }, { at });
}
