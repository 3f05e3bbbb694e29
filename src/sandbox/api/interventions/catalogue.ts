import type { Intervention } from "../../../../generated/types.ts";

/** A few of each kind, so that an app can show them all. The texts exist in English only. */
export const interventions: readonly Intervention[] = [
  {
    id: "3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b01",
    vendor: null,
    vendorType: null,
    brand: null,
    introducedAt: "2025-01-06T08:00:00.000Z",
    domain: "Account",
    resolution: {
      title: "Sign in again",
      description: "The saved sign-in no longer works. **Connect your account** once more.",
      access: "Remote",
      agent: "User",
      action: "Link",
    },
  },
  {
    id: "3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b02",
    vendor: "TESLA",
    vendorType: "vehicle",
    brand: "Tesla",
    introducedAt: "2025-01-06T08:00:00.000Z",
    domain: "Device",
    resolution: {
      title: "Allow remote commands",
      description: "Open the app of the car.<br>Turn on **mobile access** under *Safety*.",
      access: "Physical",
      agent: "User",
      action: null,
    },
  },
  {
    id: "3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b03",
    vendor: "EASEE",
    vendorType: "charger",
    brand: "Easee",
    introducedAt: "2025-01-06T08:00:00.000Z",
    domain: "Device",
    resolution: {
      title: "Bring the charger online",
      description: "The charger has lost its network. An installer has to check it.",
      access: "Physical",
      agent: "ThirdParty",
      action: null,
    },
  },
];
