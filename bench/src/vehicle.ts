/** A vehicle as Enode answers it, about 1.5 kB of JSON: what every contestant gets. */
export const vehicle = {
  id: "c8a4f5f2-6f0b-4b0e-9b43-2f6f5a7d1e90",
  userId: "customer-10482",
  vendor: "VOLVO",
  lastSeen: "2026-03-11T18:42:07.115Z",
  isReachable: true,
  information: {
    vin: "YV1XZEFV5N2000417",
    brand: "Volvo",
    model: "XC40 Recharge",
    year: 2023,
    displayName: "Family car",
  },
  chargeState: {
    batteryLevel: 54,
    range: 212,
    isPluggedIn: true,
    isCharging: true,
    isFullyCharged: false,
    batteryCapacity: 66,
    chargeLimit: 90,
    chargeRate: 10.8,
    chargeTimeRemaining: 134,
    lastUpdated: "2026-03-11T18:41:55.000Z",
    maxCurrent: null,
    powerDeliveryState: "PLUGGED_IN:CHARGING",
    pluggedInChargerId: "5d7e2c1a-94c3-4f5b-8a26-b7d0e6c3f418",
  },
  smartChargingPolicy: { isEnabled: true, deadline: "06:45", minimumChargeLimit: 30 },
  location: {
    id: "0a6c9b3e-71d8-4f4a-a5c2-3e9d8b7f6a15",
    latitude: 59.3293,
    longitude: 18.0686,
    lastUpdated: "2026-03-11T17:20:31.000Z",
  },
  odometer: { distance: 38211, lastUpdated: "2026-03-11T17:20:31.000Z" },
  capabilities: {
    information: { isCapable: true, interventionIds: [] },
    chargeState: { isCapable: true, interventionIds: [] },
    location: { isCapable: true, interventionIds: [] },
    odometer: { isCapable: true, interventionIds: [] },
    setMaxCurrent: { isCapable: false, interventionIds: [] },
    startCharging: { isCapable: true, interventionIds: [] },
    stopCharging: { isCapable: true, interventionIds: [] },
    smartCharging: { isCapable: true, interventionIds: [] },
  },
  scopes: ["vehicle:read:data", "vehicle:read:location", "vehicle:control:charging"],
};

export const vehicleJson = JSON.stringify(vehicle);

/** Whether a parsed answer is that vehicle. */
export function isTheVehicle(answer: unknown): boolean {
  const { id, chargeState } = answer as Partial<typeof vehicle>;
  return id === vehicle.id && chargeState?.batteryLevel === vehicle.chargeState.batteryLevel;
}

export const tokenJson = JSON.stringify({
  access_token: "a-token-as-long-as-those-of-enode.".repeat(25),
  token_type: "bearer",
  expires_in: 3600,
  scope: "",
});

export const pageSize = 50;

/** The pages of a list of `pages * pageSize` vehicles, whose IDs count up; the cursor is a page number. */
export function makePages(pages: number): string[] {
  return Array.from({ length: pages }, (_, page) =>
    JSON.stringify({
      data: Array.from({ length: pageSize }, (_, at) => ({
        ...vehicle,
        id: `vehicle-${page * pageSize + at}`,
      })),
      pagination: {
        after: page + 1 < pages ? String(page + 1) : null,
        before: page > 0 ? String(page - 1) : null,
      },
    }),
  );
}
