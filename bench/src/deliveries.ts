import { createHmac } from "node:crypto";
import { vehicle } from "./vehicle.ts";

export const secret = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const models = [
  ["VOLVO", "Volvo", "XC40 Recharge"],
  ["TESLA", "Tesla", "Model 3"],
  ["RENAULT", "Renault", "Zoé E-Tech électrique"],
  ["HYUNDAI", "Hyundai", "IONIQ 5"],
] as const;

/** A body of so many events of about 2 kB, no two alike; `seed` tells deliveries apart. */
export function makeBody(events: number, seed: number): Buffer {
  const list = Array.from({ length: events }, (_, at) => makeEvent(seed * 1_000 + at));
  return Buffer.from(JSON.stringify(list));
}

function makeEvent(number: number) {
  const digits = String(number).padStart(12, "0");
  const at = (seconds: number) =>
    new Date(Date.UTC(2026, 2, 11, 6) + (number * 7 + seconds) * 1_000).toISOString();
  const [vendor, brand, model] = models[number % models.length] ?? models[0];
  return {
    event: "user:vehicle:updated",
    createdAt: at(12),
    version: "2024-10-01",
    user: { id: `customer-${digits}` },
    vehicle: {
      ...vehicle,
      id: `c8a4f5f2-6f0b-4b0e-9b43-${digits}`,
      userId: `customer-${digits}`,
      vendor,
      lastSeen: at(10),
      information: { ...vehicle.information, brand, model, displayName: `Car no. ${number}` },
      chargeState: {
        ...vehicle.chargeState,
        batteryLevel: number % 101,
        range: (number * 37) % 480,
        isCharging: number % 2 === 0,
        chargeRate: (number % 110) / 10,
        chargeTimeRemaining: number % 500,
        lastUpdated: at(0),
      },
      location: {
        ...vehicle.location,
        latitude: 59 + (number % 997) / 1_000,
        longitude: 18 + (number % 991) / 1_000,
        lastUpdated: at(3),
      },
      odometer: { distance: 10_000 + number * 3, lastUpdated: at(4) },
    },
    updatedFields: [
      "chargeState.batteryLevel",
      "chargeState.range",
      "chargeState.chargeRate",
      "chargeState.chargeTimeRemaining",
      "chargeState.lastUpdated",
      "location.latitude",
      "location.longitude",
      "lastSeen",
    ],
  };
}

/** The signature that Enode would send. */
function sign(body: Buffer): string {
  return `sha1=${createHmac("sha1", secret).update(body).digest("hex")}`;
}

/** Headers as node:http hands them out. */
export function headersOf(body: Buffer, deliveryId: string): Record<string, string> {
  return {
    host: "hooks.example.com",
    "user-agent": "Enode-Webhooks/1.0",
    "content-type": "application/json",
    "content-length": String(body.length),
    "accept-encoding": "gzip, deflate, br",
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-proto": "https",
    "x-enode-delivery": deliveryId,
    "x-enode-signature": sign(body),
  };
}
