import type {
  Location,
  LocationTariffScheduleEntry,
  Schedule,
  Scope,
  TariffRate,
  Weekday,
} from "../../../../generated/types.ts";
import type { SavedLocation } from "../../api/locations/location-repository.ts";
import type { SavedSchedule } from "../../api/schedules/schedule-service.ts";
import { timeZone } from "../../shared/time/time-zone.ts";
import { deviceKinds, vendors } from "../../simulation/devices/catalogue.ts";
import type { DeviceSettings } from "../../simulation/devices/device-settings.ts";
import type { Flows } from "../../simulation/devices/home.ts";
import type { Wire } from "../../simulation/devices/wire.ts";
import type { WebhookRecord } from "../../webhooks/webhook-registry.ts";
import {
  anyObject,
  type Check,
  count,
  flag,
  list,
  nullOr,
  number,
  oneOf,
  optional,
  pair,
  record,
  text,
  time,
} from "./checks.ts";
import {
  type SandboxState,
  type SavedAccount,
  type SavedDevice,
  type SavedUser,
  STATE_FORMAT,
  STATE_VERSION,
  StateError,
} from "./state.ts";

const zoneName: Check<string> = (value, path) => {
  try {
    timeZone(text(value, path));
  } catch {
    throw new StateError(`is damaged: ${path} is not a time zone`);
  }
  return text(value, path);
};

const location = record<Location>({
  id: text,
  userId: text,
  createdAt: time,
  name: text,
  latitude: number,
  longitude: number,
  timezoneName: optional(zoneName) as Check<string>,
});

const rate = record<TariffRate>({ name: text, cost: text });

const interval = record<LocationTariffScheduleEntry>({
  weekday: count as Check<Weekday>,
  fromHourMinute: text,
  toHourMinute: text,
  tariffId: text,
  tariffName: text,
});

const user = record<SavedUser>({
  id: text,
  number: count,
  createdAt: time,
  accounts: list(
    record<SavedAccount>({
      vendor: oneOf(vendors),
      kinds: list(oneOf(deviceKinds)),
      scopes: list(text as Check<Scope>),
      isValid: flag,
    }),
  ),
});

const flows = {
  generation: number,
  consumption: number,
  charge: number,
  discharge: number,
  import: number,
  export: number,
};

/** Wire and settings are checked when the device is there that has them. */
const device = record<SavedDevice>({
  kind: oneOf([...deviceKinds, "hemSystem"]),
  number: count,
  userId: text,
  vendor: oneOf(vendors),
  wire: anyObject as Check<unknown> as Check<Wire>,
  settings: anyObject as Check<DeviceSettings>,
  unshown: nullOr(number),
  today: optional(record<Flows>(flows)),
});

const webhook = record<WebhookRecord>({
  id: text,
  number: count,
  url: text,
  secret: text,
  events: list(text),
  apiVersion: nullOr(text),
  authentication: nullOr(record({ headerName: text, headerValue: text })),
  createdAt: time,
  lastSuccess: time,
  isActive: flag,
});

const state = record<SandboxState>({
  seed: count,
  run: count,
  time: count,
  users: list(user),
  locations: list(record<SavedLocation>({ number: count, wire: location })),
  tariffs: list(pair(text, list(rate))),
  weeks: list(pair(text, list(interval))),
  devices: list(device),
  schedules: list(
    // The service checks it against its device.
    record<SavedSchedule>({
      number: count,
      userId: text,
      wire: anyObject as Check<unknown> as Check<Schedule>,
    }),
  ),
  webhooks: list(webhook),
});

/** Long enough that writing the pieces one by one is fast. */
const PIECE = 65_536;

/**
 * The text of a state, in pieces: one string could not hold that of a very large fleet. Each entry of a list has a line.
 * The first piece holds the time.
 */
export function* writeState({ time, ...parts }: SandboxState): Generator<string> {
  yield `{"format":"${STATE_FORMAT}","version":${STATE_VERSION},"time":${time}`;
  let piece = "";
  for (const [name, value] of Object.entries<unknown>(parts)) {
    piece += `,\n${JSON.stringify(name)}:`;
    if (!Array.isArray(value)) {
      piece += JSON.stringify(value);
      continue;
    }
    piece += "[";
    for (const [at, entry] of value.entries()) {
      piece += `${at === 0 ? "\n" : ",\n"}${JSON.stringify(entry)}`;
      if (piece.length < PIECE) continue;
      yield piece;
      piece = "";
    }
    piece += "]";
  }
  yield `${piece}}\n`;
}

/** @throws StateError when the text is not a state of this version. */
export function readState(content: string): SandboxState {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch {
    throw new StateError("is not JSON");
  }
  const { format, version } = isObject(json) ? json : {};
  if (format !== STATE_FORMAT) throw new StateError("is not the state of a sandbox");
  if (version !== STATE_VERSION) {
    throw new StateError(
      `is of version ${JSON.stringify(version)}, and this enode-sdk reads version ${STATE_VERSION} only`,
    );
  }
  return state(json, "");
}

function isObject(
  value: unknown,
): value is { readonly format?: unknown; readonly version?: unknown } {
  return typeof value === "object" && value !== null;
}
