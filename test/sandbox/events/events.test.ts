import { describe, expect, it } from "vitest";
import type { WebhookEvent } from "../../../generated/types.ts";
import { EventLog } from "../../../src/sandbox/events/event-log.ts";
import { faultsOf } from "../../support/event-contract.ts";
import { createHookedHarness, type HookedHarness } from "../support/receiver.ts";

const MINUTE = 60_000;

type Named<Name extends string> = Extract<WebhookEvent, { event: Name }>;

/** The last event of a name that was delivered. */
function last<Name extends WebhookEvent["event"]>(harness: HookedHarness, name: Name): Named<Name> {
  const found = harness.events().findLast(({ event }) => event === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found as Named<Name>;
}

/** A vehicle from before the webhook. */
async function withVehicle(options: Parameters<typeof createHookedHarness>[0] = {}) {
  const harness = createHookedHarness({
    fleet: [{ id: "anna", vehicles: [{ batteryLevel: 40, batteryCapacity: 55, chargeLimit: 80 }] }],
    ...options,
  });
  await harness.subscribe();
  const id = harness.sandbox.devices.list()[0]?.id ?? "";
  return { ...harness, id };
}

const START = { action: "START" };

describe("events", () => {
  it("fit the description, every kind of them", async () => {
    const harness = createHookedHarness({ heartbeatInterval: 600_000 });
    const { call, sandbox, subscribe } = harness;
    const { id: webhookId } = await subscribe();
    const [vehicle, charger] = (
      await Promise.all([
        harness.link("anna", { vendor: "TESLA" }),
        harness.link("anna", { vendor: "EASEE" }),
      ])
    ).flat();
    await call("POST", `/vehicles/${vehicle?.id}/charging`, START);
    await call("POST", `/chargers/${charger?.id}/max-current`, { maxCurrent: 10 });
    sandbox.clock.advance(15 * MINUTE);
    sandbox.invalidateCredentials("anna", "EASEE");
    sandbox.devices.remove(vehicle?.id ?? "");
    await call("DELETE", "/users/anna/vendors/EASEE");
    await call("POST", `/webhooks/${webhookId}/test`);
    await sandbox.deliver();
    const delivered = harness.deliveries.flatMap(({ events }) => events);
    expect(new Set(delivered.map(({ event }) => event))).toEqual(
      new Set([
        "user:vehicle:discovered",
        "user:vehicle:updated",
        "user:vehicle:deleted",
        "user:charger:discovered",
        "user:charger:updated",
        "user:charger:deleted",
        "user:vendor-action:updated",
        "user:credentials:invalidated",
        "system:heartbeat",
        "enode:webhook:test",
      ]),
    );
    expect(delivered.flatMap(faultsOf)).toEqual([]);
    expect(sandbox.events.list().flatMap(faultsOf)).toEqual([]);
    const dates = sandbox.events.list().map(({ createdAt }) => createdAt);
    expect(dates).toEqual(dates.toSorted());
  });

  it("come to nobody before there is a webhook, nor about what was there by then", async () => {
    const harness = createHookedHarness({ fleet: { users: 2, vehiclesPerUser: 2 } });
    const { sandbox } = harness;
    const [first] = sandbox.devices.list();
    sandbox.devices.update(first?.id ?? "", { batteryLevel: 12 });
    expect(sandbox.events.list()).toEqual([]);
    await harness.subscribe();
    expect(await harness.news()).toEqual([]);
    expect(sandbox.events.list()).toEqual([]);
  });

  it("come to the webhooks that subscribe to them", async () => {
    const { sandbox, subscribe, deliveries } = createHookedHarness();
    await subscribe({ url: "https://a.example.com", events: ["user:vehicle:deleted"] });
    await subscribe({ url: "https://b.example.com", events: ["user:vehicle:discovered", "*"] });
    await subscribe({ url: "https://c.example.com", events: ["user:charger:updated"] });
    const { id } = sandbox.devices.add("anna", "vehicle");
    sandbox.devices.remove(id);
    await sandbox.deliver();
    const got = (host: string) =>
      deliveries
        .filter(({ url }) => url === `https://${host}.example.com/`)
        .flatMap(({ events }) => events.map(({ event }) => event));
    expect(got("a")).toEqual(["user:vehicle:deleted"]);
    expect(got("b")).toEqual([
      "user:vehicle:discovered",
      "user:vehicle:updated",
      "user:vehicle:deleted",
    ]);
    expect(got("c")).toEqual([]);
    expect(sandbox.events.list()).toHaveLength(3);
  });

  it("are not raised any more once the last webhook is deleted", async () => {
    const { call, sandbox, subscribe, news } = createHookedHarness();
    const { id } = await subscribe();
    await call("DELETE", `/webhooks/${id}`);
    const vehicle = sandbox.devices.add("anna", "vehicle");
    expect(sandbox.events.list()).toEqual([]);
    await subscribe();
    sandbox.devices.update(vehicle.id, { batteryLevel: 77 });
    expect(await news()).toEqual(["user:vehicle:updated"]);
  });

  it("of the last 10,000 can be read", () => {
    const log = new EventLog();
    const version = "2024-10-01";
    for (let count = 0; count <= 25_000; count++) {
      const createdAt = new Date(count).toISOString();
      log.add({ event: "system:heartbeat", createdAt, version, pendingEvents: count });
    }
    const listed = log.list();
    expect(listed).toHaveLength(10_000);
    expect(listed.at(-1)).toMatchObject({ pendingEvents: 25_000 });
    expect(listed[0]).toMatchObject({ pendingEvents: 15_001 });
  });
});

describe("the events of a device", () => {
  it("are its discovery, with all parts but no readings when it is a vehicle, and an update with the data", async () => {
    const harness = createHookedHarness();
    await harness.subscribe();
    const [vehicle] = await harness.link("anna", { vendor: "VOLVO" });
    expect(await harness.news()).toEqual(["user:vehicle:discovered", "user:vehicle:updated"]);
    const discovered = last(harness, "user:vehicle:discovered");
    expect(discovered).toEqual({
      event: "user:vehicle:discovered",
      createdAt: harness.sandbox.clock.now().toISOString(),
      version: "2024-10-01",
      user: { id: "anna" },
      vehicle: {
        id: vehicle?.id,
        userId: "anna",
        vendor: "VOLVO",
        information: vehicle?.information,
        lastSeen: vehicle?.lastSeen,
        isReachable: true,
        chargeState: {
          batteryLevel: null,
          range: null,
          isPluggedIn: null,
          isCharging: null,
          isFullyCharged: null,
          batteryCapacity: null,
          chargeLimit: null,
          chargeRate: null,
          chargeTimeRemaining: null,
          lastUpdated: null,
          maxCurrent: null,
          powerDeliveryState: "UNKNOWN",
        },
        smartChargingPolicy: { isEnabled: false, deadline: null, minimumChargeLimit: 0 },
        location: { id: null, latitude: null, longitude: null, lastUpdated: null },
        odometer: { distance: null, lastUpdated: null },
        capabilities: vehicle?.capabilities,
        scopes: vehicle?.scopes,
      },
    });
    const updated = last(harness, "user:vehicle:updated");
    expect(updated.vehicle).toEqual(vehicle);
    expect(updated.updatedFields).toContain("chargeState.batteryLevel");
    expect(updated.updatedFields).not.toContain("information.vin");
  });

  it("are its whole discovery when it is a charger", async () => {
    const harness = createHookedHarness();
    await harness.subscribe();
    const [charger] = await harness.link("anna", { vendor: "EASEE" });
    expect(await harness.news()).toEqual(["user:charger:discovered"]);
    expect(last(harness, "user:charger:discovered").charger).toEqual(charger);
  });

  it("name what has changed, and carry the whole device", async () => {
    const harness = await withVehicle();
    const { sandbox, id } = harness;
    sandbox.clock.advance(1_000);
    const vehicle = sandbox.devices.update(id, { isPluggedIn: false });
    expect(await harness.news()).toEqual(["user:vehicle:updated"]);
    const event = last(harness, "user:vehicle:updated");
    expect(event.vehicle).toEqual(vehicle);
    expect(new Set(event.updatedFields)).toEqual(
      new Set([
        "lastSeen",
        "chargeState.isPluggedIn",
        "chargeState.powerDeliveryState",
        "chargeState.lastUpdated",
      ]),
    );
    const interventionIds = ["3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b02"];
    sandbox.devices.update(id, {
      capabilities: { startCharging: { isCapable: true, interventionIds } },
    });
    await sandbox.deliver();
    expect(last(harness, "user:vehicle:updated").updatedFields).toEqual([
      "capabilities.startCharging.interventionIds",
    ]);
  });

  it("are none when its readings only got a newer date", async () => {
    const { call, sandbox, id, news } = await withVehicle();
    sandbox.clock.advance(MINUTE);
    await call("POST", `/vehicles/${id}/refresh-hint`);
    sandbox.devices.update(id, { batteryLevel: 40 });
    await call("GET", `/vehicles/${id}`);
    expect(await news()).toEqual([]);
  });

  it("follow each other every two minutes while it charges, and end when it is full", async () => {
    const harness = await withVehicle();
    const { call, sandbox, id } = harness;
    const begun = sandbox.clock.now().getTime();
    await call("POST", `/vehicles/${id}/charging`, START);
    sandbox.clock.advance(24 * 60 * MINUTE);
    expect(await harness.news()).toHaveLength(1 + 1 + 60);
    const updates = harness
      .events()
      .flatMap((event) => (event.event === "user:vehicle:updated" ? [event] : []));
    const after = updates.map(({ createdAt }) => Date.parse(createdAt) - begun - 2_000);
    expect(after.slice(0, 3)).toEqual([0, 2 * MINUTE, 4 * MINUTE]);
    expect(after.at(-1)).toBe(120 * MINUTE);
    expect(updates[1]?.vehicle.chargeState).toMatchObject({ batteryLevel: 40.7, isCharging: true });
    expect(updates[1]?.updatedFields).toContain("chargeState.batteryLevel");
    expect(updates.at(-1)?.vehicle.chargeState).toMatchObject({
      batteryLevel: 80,
      powerDeliveryState: "PLUGGED_IN:COMPLETE",
    });
    for (const { createdAt, vehicle } of updates) expect(vehicle.lastSeen).toBe(createdAt);
  });

  it("are the same whether its time passes at once or bit by bit", async () => {
    const [once, often] = [await withVehicle(), await withVehicle()];
    for (const { call, id } of [once, often]) {
      await call("POST", `/vehicles/${id}/charging`, START);
    }
    once.sandbox.clock.advance(60 * MINUTE);
    for (let count = 0; count < 80; count++) often.sandbox.clock.advance(45_000);
    expect(often.sandbox.events.list()).toEqual(once.sandbox.events.list());
    expect(once.sandbox.events.list()).toHaveLength(31);
  });

  it("are in order of time across several devices", async () => {
    const harness = createHookedHarness({
      fleet: [{ id: "anna", vehicles: [{ actionDelay: 9_000 }, { actionDelay: 4_000 }] }],
    });
    await harness.subscribe();
    for (const { id } of harness.sandbox.devices.list().reverse()) {
      await harness.call("POST", `/vehicles/${id}/charging`, START);
    }
    harness.sandbox.clock.advance(MINUTE);
    await harness.sandbox.deliver();
    const times = harness.events().map(({ createdAt }) => Date.parse(createdAt));
    const begun = harness.sandbox.clock.now().getTime() - MINUTE;
    expect(times).toEqual([4_000, 4_000, 9_000, 9_000].map((time) => begun + time));
  });

  it("are its end when its owner removes it or the vendor is disconnected", async () => {
    const harness = createHookedHarness();
    const { call, sandbox } = harness;
    const ids = [1, 2, 3].map(() => sandbox.devices.add("anna", "vehicle").id);
    const charger = sandbox.devices.add("anna", "charger");
    await harness.subscribe();
    sandbox.devices.remove(ids[0] ?? "");
    expect(await harness.news()).toEqual(["user:vehicle:deleted"]);
    expect(last(harness, "user:vehicle:deleted").vehicle.id).toBe(ids[0]);
    await call("POST", `/vehicles/${ids[1]}/charging`, START);
    await call("DELETE", "/users/anna/vendors/TESLA/vehicle");
    expect(new Set(await harness.news())).toEqual(
      new Set(["user:vendor-action:updated", "user:vehicle:deleted"]),
    );
    expect(last(harness, "user:vendor-action:updated").vendorAction.failureReason?.type).toBe(
      "NOT_FOUND",
    );
    await call("DELETE", "/users/anna/vendors/EASEE");
    expect(await harness.news()).toEqual(["user:charger:deleted"]);
    expect(last(harness, "user:charger:deleted").charger).toEqual(charger);
  });

  it("are none when its user is deleted", async () => {
    const { call, sandbox, id, news } = await withVehicle();
    await call("POST", `/vehicles/${id}/charging`, START);
    await call("DELETE", "/users/anna");
    sandbox.clock.advance(60 * MINUTE);
    expect(await news()).toEqual([]);
  });
});

describe("the events of an action", () => {
  it("say when it is confirmed, after the change of the device", async () => {
    const harness = await withVehicle();
    const { call, sandbox, id } = harness;
    const { body: action } = await call("POST", `/vehicles/${id}/charging`, START);
    expect(await harness.news()).toEqual([]);
    sandbox.clock.advance(2_000);
    expect(await harness.news()).toEqual(["user:vehicle:updated", "user:vendor-action:updated"]);
    const event = last(harness, "user:vendor-action:updated");
    const { body: confirmed } = await call("GET", `/vehicles/actions/${action.id}`);
    expect(event.vendorAction).toEqual(confirmed);
    expect(event.createdAt).toBe(confirmed.completedAt);
    expect(event.updatedFields).toEqual(["updatedAt", "completedAt", "state"]);
  });

  it("say when it fails or is cancelled, and why", async () => {
    const harness = await withVehicle();
    const { call, sandbox, id } = harness;
    const outcome = () => last(harness, "user:vendor-action:updated");
    sandbox.devices.update(id, { isReachable: false });
    await harness.news();
    const start = () => call("POST", `/vehicles/${id}/charging`, START);
    await start();
    sandbox.clock.advance(10_000);
    expect(await harness.news()).toEqual(["user:vendor-action:updated"]);
    expect(outcome().vendorAction).toMatchObject({
      state: "FAILED",
      failureReason: { type: "NO_RESPONSE" },
    });
    expect(outcome().updatedFields).toContain("failureReason.type");

    const { body } = await start();
    await call("POST", `/vehicles/actions/${body.id}/cancel`);
    expect(await harness.news()).toEqual(["user:vendor-action:updated"]);
    expect(outcome().vendorAction).toMatchObject({ id: body.id, state: "CANCELLED" });

    const { body: first } = await start();
    await call("POST", `/vehicles/${id}/max-current`, { maxCurrent: 8 });
    await harness.news();
    expect(outcome().vendorAction).toMatchObject({
      id: first.id,
      failureReason: { type: "CONFLICT" },
    });
    sandbox.devices.update(id, { isReachable: true });
    sandbox.clock.advance(2_000);
    await harness.news();
    sandbox.faults.nextAction({ type: "FAILED_PRECONDITION", after: 30_000 });
    await start();
    sandbox.clock.advance(MINUTE);
    expect(await harness.news()).toEqual(["user:vendor-action:updated"]);
    expect(Date.parse(outcome().createdAt)).toBe(sandbox.clock.now().getTime() - 30_000);
  });

  it("come at once when the device needs no time", async () => {
    const { call, id, news } = await withVehicle({ actionDelay: 0 });
    const { body } = await call("POST", `/vehicles/${id}/charging`, START);
    expect(body.state).toBe("CONFIRMED");
    expect(await news()).toEqual(["user:vehicle:updated", "user:vendor-action:updated"]);
  });
});

describe("the events of an account", () => {
  it("say once that its credentials are invalid, and that its devices are out of reach", async () => {
    const harness = await withVehicle();
    const { call, sandbox } = harness;
    sandbox.invalidateCredentials("anna", "TESLA");
    sandbox.invalidateCredentials("anna", "TESLA");
    expect(await harness.news()).toEqual(["user:credentials:invalidated", "user:vehicle:updated"]);
    expect(last(harness, "user:credentials:invalidated")).toEqual({
      event: "user:credentials:invalidated",
      createdAt: sandbox.clock.now().toISOString(),
      version: "2024-10-01",
      user: { id: "anna" },
      vendor: "TESLA",
    });
    expect(last(harness, "user:vehicle:updated")).toMatchObject({
      vehicle: { isReachable: false },
      updatedFields: ["isReachable"],
    });
    expect((await call("GET", "/users/anna")).body.linkedVendors).toEqual([
      { vendor: "TESLA", vendorType: "vehicle", isValid: false },
    ]);
    expect(() => sandbox.invalidateCredentials("anna", "VOLVO")).toThrow("has not linked VOLVO");
    expect(() => sandbox.invalidateCredentials("ben", "TESLA")).toThrow("no user");
  });

  it("are none when the user is deauthorized, and an update when it links again", async () => {
    const harness = await withVehicle();
    await harness.call("DELETE", "/users/anna/authorization");
    harness.sandbox.clock.advance(60 * MINUTE);
    expect(await harness.news()).toEqual([]);
    await harness.link("anna", { vendor: "TESLA" });
    expect(await harness.news()).toEqual(["user:vehicle:updated"]);
    expect(last(harness, "user:vehicle:updated").vehicle.isReachable).toBe(true);
  });
});
