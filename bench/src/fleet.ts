import { headersOf } from "./deliveries.ts";
import { vehicle } from "./vehicle.ts";

/** A signed delivery, ready to be handed over. */
export interface Delivery {
  body: Buffer;
  headers: Record<string, string>;
}

/** What is known of a vehicle, as far as it is checked. */
export interface Known {
  id: string;
  /** Its own time, in ISO 8601. */
  lastSeen: string;
  /** What its odometer says. */
  distance: number;
}

export const eventsEach = 100;
/** Vehicles that the deliveries are about. */
const vehiclesInNews = 3_000;
/** Coprime to them: so many events in a row are about as many vehicles, in an order that looks random. */
const step = 1_787;
const start = Date.UTC(2026, 2, 11, 6);

/** A vehicle of a fleet in which each user has five, as it was after so many seconds. */
export function vehicleOf(number: number, second: number) {
  const digits = String(number).padStart(12, "0");
  const at = new Date(start + second * 1_000).toISOString();
  return {
    ...vehicle,
    id: `c8a4f5f2-6f0b-4b0e-9b43-${digits}`,
    userId: `customer-${Math.floor(number / 5)}`,
    lastSeen: at,
    information: { ...vehicle.information, vin: `YV1XZ${digits}` },
    chargeState: { ...vehicle.chargeState, batteryLevel: second % 101, lastUpdated: at },
    location: { ...vehicle.location, latitude: 59 + (second % 997) / 1_000, lastUpdated: at },
    odometer: { distance: 10_000 + second, lastUpdated: at },
  };
}

/** The delivery of that number, counted from 0: each event is a second later than the one before. */
export function deliveryOf(number: number): Delivery {
  const events = Array.from({ length: eventsEach }, (_, at) => {
    const vehicle = newsOf(number * eventsEach + at);
    return {
      event: "user:vehicle:updated",
      createdAt: vehicle.lastSeen,
      version: "2024-10-01",
      user: { id: vehicle.userId },
      vehicle,
      updatedFields: ["chargeState.batteryLevel", "location.latitude", "lastSeen"],
    };
  });
  const body = Buffer.from(JSON.stringify(events));
  return { body, headers: headersOf(body, `delivery-${number}`) };
}

/** What is to be known of each vehicle, by its ID, after so many deliveries. */
export function knownAfter(deliveries: number): Map<string, Known> {
  const end = deliveries * eventsEach;
  const known = new Map<string, Known>();
  for (let second = Math.max(0, end - vehiclesInNews); second < end; second++) {
    const vehicle = toKnown(newsOf(second));
    known.set(vehicle.id, vehicle);
  }
  return known;
}

export function toKnown({ id, lastSeen, odometer }: ReturnType<typeof vehicleOf>): Known {
  return { id, lastSeen, distance: odometer.distance };
}

function newsOf(second: number): ReturnType<typeof vehicleOf> {
  return vehicleOf((second * step) % vehiclesInNews, second);
}
