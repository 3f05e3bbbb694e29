import type { Vehicle, WebhookEvent } from "../../../generated/types.ts";
import type { Enode } from "../../../src/index.ts";
import { Mirror, type MirrorOptions } from "../../../src/mirror/index.ts";
import { createSandbox, type Sandbox, type SandboxOptions } from "../../../src/sandbox/index.ts";
import { type DeviceStore, memoryStorage } from "../../../src/storage/index.ts";
import { type Answer, createClient, json, problem, stubFetch } from "../../support/stub.ts";

/** A sandbox whose clock stands still, a client of it without rate limits, and a mirror. */
export interface World {
  readonly sandbox: Sandbox;
  readonly enode: Enode;
  readonly store: DeviceStore;
  readonly mirror: Mirror;
  /** What the mirror passed over. */
  readonly errors: unknown[];
}

export function createWorld(options: SandboxOptions = {}): World {
  const store = memoryStorage().deviceStore;
  const sandbox = createSandbox({ seed: 1, clock: "manual", ...options });
  const enode = createClient({ ...sandbox.credentials, fetch: sandbox.fetch, maxRetries: 0 });
  return { sandbox, enode, store, ...mirrorOf(enode, store) };
}

/** A client that is answered by a test, and a mirror. */
export interface StubbedWorld extends Omit<World, "sandbox"> {
  /** What was asked, such as `GET /vehicles`. */
  readonly requests: string[];
}

export function mirrorOf(
  enode: Enode,
  store: DeviceStore = memoryStorage().deviceStore,
  options: Partial<MirrorOptions> = {},
): { mirror: Mirror; errors: unknown[] } {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  return { mirror: new Mirror({ enode, store, onError, ...options }), errors };
}

/** A mirror of a client whose requests are answered by the functions given, by path; 404 for all other paths. */
export function stubbedWorld(
  answers: Readonly<Record<string, Answer>> = {},
  store: DeviceStore = memoryStorage().deviceStore,
): StubbedWorld {
  const requests: string[] = [];
  const fetch = stubFetch({
    api(request) {
      const { pathname, search } = new URL(request.request.url);
      requests.push(`${request.request.method} ${pathname}${search}`);
      return answers[pathname]?.(request) ?? problem(404);
    },
  });
  const enode = createClient({ fetch, maxRetries: 0 });
  return { enode, store, requests, ...mirrorOf(enode, store) };
}

/** Answers with a page. */
export function page(
  data: readonly object[],
  after: string | null = null,
  headers: Record<string, string> = {},
): Response {
  return json({ data, pagination: { after, before: null } }, 200, headers);
}

export const begin: number = Date.UTC(2026, 0, 1);

/** So many seconds after the beginning, as Enode writes it. */
export function at(seconds: number): string {
  return new Date(begin + seconds * 1_000).toISOString();
}

export function dateHeader(seconds: number): { date: string } {
  return { date: new Date(begin + seconds * 1_000).toUTCString() };
}

export function vehicle(changes: Partial<Vehicle> = {}): Vehicle {
  const { data } = sample;
  return { ...structuredClone(data), id: "v1", userId: "u1", lastSeen: at(0), ...changes };
}

const sample = (() => {
  const sandbox = createSandbox({
    seed: 1,
    clock: "manual",
    fleet: { users: 1, vehiclesPerUser: 1 },
  });
  const [data] = sandbox.devices.list();
  // There is one, and it is a vehicle. Its readings are far older than any time that a test names.
  const found = data as Vehicle;
  return { data: { ...found, chargeState: { ...found.chargeState, lastUpdated: null } } };
})();

/** An event about a vehicle, or any other subject under its member name. */
export function event(name: string, seconds: number, content: object = {}): WebhookEvent {
  return {
    event: name,
    createdAt: at(seconds),
    version: "2024-10-01",
    user: { id: "u1" },
    ...content,
  } as unknown as WebhookEvent;
}

export function updated(seconds: number, changes: Partial<Vehicle> = {}): WebhookEvent {
  return event("user:vehicle:updated", seconds, { vehicle: vehicle(changes), updatedFields: [] });
}

export function deleted(seconds: number): WebhookEvent {
  return event("user:vehicle:deleted", seconds, { vehicle: vehicle() });
}

export function discovered(seconds: number): WebhookEvent {
  const { id, userId, vendor, information } = vehicle();
  return event("user:vehicle:discovered", seconds, {
    vehicle: { id, userId, vendor, information, chargeState: null },
  });
}

/** The vehicle as Enode describes it at its discovery: all its parts, and no readings. */
export function blankVehicle(): object {
  const { chargeState, odometer, ...rest } = vehicle();
  const blank = (part: object) => Object.fromEntries(Object.keys(part).map((name) => [name, null]));
  // What cannot be null has a value of its own.
  return {
    ...rest,
    chargeState: { ...blank(chargeState), powerDeliveryState: "UNKNOWN" },
    odometer: blank(odometer),
  };
}

/** A store that does something else than it should in one of its methods. */
export function broken<Method extends keyof DeviceStore>(
  method: Method,
  instead: (...values: Parameters<DeviceStore[Method]>) => unknown,
  store: DeviceStore = memoryStorage().deviceStore,
): DeviceStore {
  // What it does may be anything: that is what is tested.
  return { ...store, [method]: instead };
}
