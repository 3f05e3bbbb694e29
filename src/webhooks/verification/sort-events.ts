import { webhookEventNames } from "../../../generated/events.ts";
import type { EventUser, WebhookEvent } from "../../../generated/types.ts";

/** Names of the events that the description knows. */
export type WebhookEventName = WebhookEvent["event"];

/** An event whose name the description does not know: Enode adds events without a new API version. */
export interface UnknownWebhookEvent {
  /** Its name on the wire. */
  event: string;
  /** The whole event, as received. */
  payload: Readonly<Record<string, unknown>>;
}

/** An event that lacks a field that every event has, so that it cannot be handled. */
export interface InvalidWebhookEvent {
  /** Its index in the delivery, from 0. */
  index: number;
  /** The field that is missing or invalid. */
  field: "event" | "createdAt" | "version" | "user.id";
  /** The whole event, as received. */
  payload: unknown;
}

/** The events of a delivery, sorted by whether they are known and valid. */
export interface SortedEvents {
  /** Events of the 28 known names, each with name, time, version and, where it has one, its user. */
  events: WebhookEvent[];
  /** Events of other names. */
  unknownEvents: UnknownWebhookEvent[];
  /** Invalid values. They do not make the other events of the delivery invalid. */
  invalidEvents: InvalidWebhookEvent[];
}

type Loose = Readonly<Record<string, unknown>>;

/** The beginning of an ISO 8601 date-time. Date.parse costs five times as much and accepts far more. */
const dateTime = /^\d{4}-\d\d-\d\dT/;

/**
 * Sorts the events of a delivery by their envelope: name, time, version and user. Other fields are not checked.
 */
export function sortEvents(values: readonly unknown[], sorted: SortedEvents): void {
  // By index: an iterator per delivery and a pair per event would cost more than the checks themselves.
  for (let index = 0; index < values.length; index++) {
    const payload = (values[index] ?? {}) as Loose;
    const { event } = payload;
    const field = !isText(event)
      ? "event"
      : (webhookEventNames as readonly string[]).includes(event) && faultOf(payload, event);
    if (field) sorted.invalidEvents.push({ index, field, payload: values[index] });
    // It has a known name, and the envelope of that event.
    else if (field === "") sorted.events.push(payload as unknown as WebhookEvent);
    else sorted.unknownEvents.push({ event: event as string, payload });
  }
}

/** The invalid part of the envelope; empty when none is. */
function faultOf({ createdAt, version, user }: Loose, event: string) {
  if (!isText(createdAt) || !dateTime.test(createdAt)) return "createdAt";
  if (!isText(version)) return "version";
  return /^user:/.test(event) && !isText((user as EventUser | null | undefined)?.id)
    ? "user.id"
    : "";
}

/** Whether it is a string that is not empty. */
export function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
