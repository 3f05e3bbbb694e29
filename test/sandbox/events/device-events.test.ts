import { expect, it } from "vitest";
import type { Charger, Vehicle } from "../../../generated/types.ts";
import { Random } from "../../../src/sandbox/shared/random.ts";
import { createHookedHarness } from "../support/receiver.ts";

type Harness = ReturnType<typeof createHookedHarness>;

const NEVER = Number.POSITIVE_INFINITY;

/** What may happen in a sandbox, at any time and in any order. */
const steps: ((harness: Harness, device: Vehicle | Charger, pick: Pick) => unknown)[] = [
  ({ sandbox }) => sandbox.devices.add("anna", "vehicle"),
  ({ sandbox }, _, pick) => sandbox.devices.add(pick(["anna", "ben"]), "charger"),
  ({ sandbox }, { id }, pick) => pick([0, 0, 1]) && sandbox.devices.remove(id),
  ({ call }, device, pick) => {
    const action = pick(["START", "START", "STOP"]);
    return call("POST", `${pathOf(device)}/charging`, { action });
  },
  ({ call }, device, pick) =>
    call("POST", `${pathOf(device)}/max-current`, { maxCurrent: pick([6, 8, 16]) }),
  ({ sandbox }, { id }, pick) => {
    const level = { batteryLevel: pick([0, 12.3, 79.999_999_999_999_9, 80]) };
    const wanted = { energyWanted: pick([0, 1e-13, 3]) };
    const isReachable = pick([true, true, false]);
    sandbox.devices.update(id, { ...level, ...wanted, isReachable, isCharging: true });
  },
  ({ sandbox }, _, pick) =>
    sandbox.faults.nextAction({ type: "NO_RESPONSE", after: pick([0, 0.3, 7_777.7, NEVER]) }),
  ({ sandbox }, device) => sandbox.invalidateCredentials(device.userId, device.vendor),
  (harness, { userId, vendor }) => harness.link(userId, { vendor, devices: 1 }),
  ({ call }, _, pick) => pick([0, 0, 1]) && call("DELETE", "/users/ben"),
  ({ call }, { userId, vendor }, pick) =>
    pick([0, 0, 1]) && call("DELETE", `/users/${userId}/vendors/${vendor}`),
  ...[1, 0.4, 999, 60_000, 3_600_000, 7_000_000.7].map(
    (milliseconds) =>
      ({ sandbox }: Harness) =>
        sandbox.clock.advance(milliseconds),
  ),
];

type Pick = <T>(values: readonly T[]) => T;

const pathOf = (device: Vehicle | Charger) =>
  `/${"odometer" in device ? "vehicles" : "chargers"}/${device.id}`;

/** A device without the dates of its readings. */
const undated = (device: unknown): unknown =>
  JSON.parse(
    JSON.stringify(device, (name, value) =>
      name === "lastSeen" || name === "lastUpdated" ? undefined : value,
    ),
  );

it.each([1, 2, 3, 4, 5, 6])(
  "what was last said of each device is what the API says, whatever happened: %i",
  async (seed) => {
    const random = new Random(seed, "test");
    // No list is empty, which the type of an element cannot know.
    const pick: Pick = (values) => values[random.integer(0, values.length - 1)] as never;
    const harness = createHookedHarness({ seed });
    const { sandbox } = harness;
    await harness.subscribe();
    for (let count = 0; count < 100; count++) {
      const { list } = sandbox.devices;
      const devices = [...list(undefined, "vehicle"), ...list(undefined, "charger")];
      const device = devices.length > 0 ? pick(devices) : sandbox.devices.add("anna", "vehicle");
      await pick(steps)(harness, device, pick);
    }
    sandbox.clock.advance(24 * 3_600_000);
    await sandbox.deliver();
    const known = new Map<string, unknown>();
    for (const event of harness.events()) {
      const device =
        "vehicle" in event ? event.vehicle : "charger" in event ? event.charger : undefined;
      if (device === undefined) continue;
      if (event.event.endsWith(":deleted")) known.delete(device.id);
      else known.set(device.id, undated(device));
    }
    const devices = sandbox.devices.list();
    expect(devices.map(({ id }) => known.get(id))).toEqual(devices.map(undated));
  },
);
