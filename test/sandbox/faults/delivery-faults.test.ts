import { describe, expect, it } from "vitest";
import type { Vehicle } from "../../../generated/types.ts";
import { Enode } from "../../../src/index.ts";
import { Mirror } from "../../../src/mirror/index.ts";
import type { SandboxOptions } from "../../../src/sandbox/index.ts";
import { WebhookEventSchema } from "../../../src/schemas/index.ts";
import { memoryStorage } from "../../../src/storage/index.ts";
import { createHookedHarness, HOOK_URL } from "../support/receiver.ts";

describe("a fault of deliveries", () => {
  it("delivers the same again", async () => {
    const { sandbox, subscribe, deliveries } = createHookedHarness();
    await subscribe();
    sandbox.faults.next({ delivery: "duplicated" });
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    sandbox.devices.add("ben", "charger");
    await sandbox.deliver();
    const ids = deliveries.map(({ headers }) => headers.get("x-enode-delivery"));
    expect(ids).toEqual([ids[0], ids[0], ids[2]]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(deliveries[1]?.body).toBe(deliveries[0]?.body);
    expect(sandbox.deliveries.list()).toMatchObject([
      { attempt: 1, reason: null },
      { attempt: 2, reason: "Delivery duplicated", status: 204 },
      { attempt: 1, reason: null },
    ]);
  });

  it("delivers older events after newer ones", async () => {
    const { sandbox, subscribe, events } = createHookedHarness();
    await subscribe();
    sandbox.faults.set({ delivery: "reordered", times: 1 });
    for (const user of ["anna", "ben", "cleo"]) sandbox.devices.add(user, "charger");
    await sandbox.deliver();
    const users = () => events().map((event) => "user" in event && event.user.id);
    expect(users()).toEqual(["ben", "cleo"]);
    sandbox.clock.advance("5s");
    await sandbox.deliver();
    expect(users()).toEqual(["ben", "cleo", "anna"]);
  });

  it("postpones a single event once, however long it stands", async () => {
    const { sandbox, subscribe, news } = createHookedHarness();
    await subscribe();
    sandbox.faults.set("deliveries-reordered");
    sandbox.devices.add("anna", "charger");
    expect(await news()).toEqual([]);
    sandbox.clock.advance(4_999);
    expect(await news()).toEqual([]);
    sandbox.clock.advance(1);
    expect(await news()).toEqual(["user:charger:discovered"]);
  });

  it("loses deliveries, and reports it only in the log", async () => {
    const { sandbox, subscribe, news, webhook } = createHookedHarness();
    const { id } = await subscribe();
    const fault = sandbox.faults.set("deliveries-dropped");
    sandbox.devices.add("anna", "charger");
    expect(await news()).toEqual([]);
    fault.clear();
    sandbox.clock.advance("1h");
    sandbox.devices.add("ben", "charger");
    expect(await news()).toEqual(["user:charger:discovered"]);
    expect(sandbox.deliveries.list()).toMatchObject([
      { status: null, reason: "Dropped deliveries", events: 1, attempt: 1, webhookId: id },
      { status: 204, reason: null },
    ]);
    expect((await webhook(id)).isActive).toBe(true);
  });

  it("delivers what nobody knows", async () => {
    const { sandbox, subscribe, events } = createHookedHarness();
    await subscribe();
    sandbox.faults.next({ delivery: "unknowns" });
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect(events()).toMatchObject([
      {
        event: "user:charger:discovered",
        user: { id: "anna", sandboxUnknown: "SANDBOX_UNKNOWN" },
        charger: { vendor: "SANDBOX_UNKNOWN" },
      },
    ]);
    // What the sandbox itself holds is as it was.
    expect(sandbox.events.list()[0]).toMatchObject({ charger: { vendor: "EASEE" } });
  });
});

describe("a fault of updates", () => {
  /** A car that charges, whose updates come every two minutes, and what was delivered about it. */
  async function charging(options: SandboxOptions = {}) {
    const harness = createHookedHarness(options);
    const { sandbox, subscribe, deliveries } = harness;
    const settings = { batteryLevel: 20, isCharging: true };
    const { id } = sandbox.devices.add("anna", "vehicle", settings);
    await subscribe();
    const updates = () =>
      deliveries.flatMap(({ events }) =>
        events.flatMap((event) => (event.event === "user:vehicle:updated" ? [event] : [])),
      );
    return { ...harness, id, updates };
  }

  it("sends what is older after what is newer, in the same delivery", async () => {
    const { sandbox, deliveries, updates } = await charging();
    sandbox.faults.set("updates-stale");
    sandbox.clock.advance("4m");
    await sandbox.deliver();
    expect(deliveries.map(({ events }) => events.length)).toEqual([2, 2]);
    const seen = updates().map(({ createdAt, vehicle }) => ({
      made: createdAt.slice(14, 23),
      seen: vehicle.lastSeen.slice(14, 19),
      level: vehicle.chargeState.batteryLevel,
    }));
    const [first, , second] = seen.map(({ level }) => level);
    expect(seen).toEqual([
      { made: "02:00.000", seen: "02:00", level: expect.any(Number) },
      { made: "02:00.001", seen: "00:00", level: 20 },
      { made: "04:00.000", seen: "04:00", level: expect.any(Number) },
      { made: "04:00.001", seen: "02:00", level: first },
    ]);
    expect(second).toBeGreaterThan(first ?? 0);
    expect(updates()[1]?.updatedFields).toContain("chargeState.batteryLevel");
    expect(sandbox.faults.list()).toMatchObject([{ struck: 2, preset: "updates-stale" }]);
  });

  it("makes nothing stale of what has no older reading", async () => {
    const harness = await charging({ heartbeatInterval: Number.POSITIVE_INFINITY });
    const { sandbox, id, news } = harness;
    sandbox.faults.set({ delivery: "stale" });
    // A first look has no readings, and what changes in the same moment has none that is older.
    sandbox.devices.add("ben", "vehicle");
    sandbox.devices.update(id, { displayName: "Old faithful" });
    expect(await news()).toEqual([
      "user:vehicle:discovered",
      "user:vehicle:updated",
      "user:vehicle:updated",
    ]);
    expect(sandbox.faults.list()).toMatchObject([{ struck: 0 }]);
  });

  it("says what is new again within two seconds, as another event", async () => {
    const { sandbox, updates, deliveries } = await charging();
    sandbox.faults.next({ delivery: "repeated" });
    sandbox.clock.advance("2m");
    await sandbox.deliver();
    expect(updates()).toHaveLength(1);
    sandbox.clock.advance("2s");
    await sandbox.deliver();
    const [first, second] = updates();
    expect(second).toEqual({ ...first, createdAt: "2025-01-06T08:02:01.500Z" });
    expect(deliveries).toHaveLength(2);
    sandbox.clock.advance("2m");
    await sandbox.deliver();
    expect(updates()).toHaveLength(3);
  });

  it("leaves a mirror with the newest reading", async () => {
    const { sandbox, deliveries, id } = await charging();
    sandbox.faults.set("updates-stale");
    sandbox.faults.set("updates-repeated");
    sandbox.clock.advance("10m");
    await sandbox.deliver();
    sandbox.clock.advance("2s");
    await sandbox.deliver();
    const client = {
      ...sandbox.credentials,
      environment: "sandbox",
      fetch: sandbox.fetch,
    } as const;
    const mirror = new Mirror({ enode: new Enode(client), store: memoryStorage().deviceStore });
    for (const { events } of deliveries) await mirror.apply(events);
    const kept = await mirror.devices.get(id);
    const level = (kept?.data as Vehicle | undefined)?.chargeState.batteryLevel;
    expect(level).toBe(sandbox.devices.get(id, "vehicle")?.chargeState.batteryLevel);
  });
});

describe("a fault of discoveries", () => {
  const information = { id: expect.any(String), userId: "anna", vendor: "KIA" };

  it.each([
    ["discoveries-null", { chargeState: null, scopes: null, lastSeen: null }],
    ["discoveries-sparse", {}],
  ] as const)("sends a device as %s has it", async (preset, rest) => {
    const { sandbox, subscribe, link, events } = createHookedHarness();
    await subscribe();
    sandbox.faults.set(preset, {});
    await link("anna", { vendor: "KIA" });
    await sandbox.deliver();
    const [discovered, updated] = events();
    if (discovered?.event !== "user:vehicle:discovered") throw new Error("a discovery is first");
    expect(discovered.vehicle).toMatchObject({ ...information, ...rest });
    expect(discovered.vehicle.information.vin).toHaveLength(17);
    expect("chargeState" in discovered.vehicle).toBe(preset === "discoveries-null");
    expect(WebhookEventSchema.safeParse(discovered).error).toBeUndefined();
    expect(updated).toMatchObject({ vehicle: { chargeState: { isCharging: false } } });
    expect(sandbox.faults.list()).toMatchObject([{ struck: 1 }]);
  });

  it("spares a charger, which is whole at once", async () => {
    const { sandbox, subscribe, link, events } = createHookedHarness();
    await subscribe();
    sandbox.faults.set({ delivery: "null-parts" });
    const [charger] = await link("anna", { vendor: "EASEE" });
    await sandbox.deliver();
    expect(events()).toMatchObject([{ charger }]);
    expect(sandbox.faults.list()).toMatchObject([{ struck: 0 }]);
  });
});

describe("the log of deliveries", () => {
  it("lists attempts, failures and tests", async () => {
    const harness = createHookedHarness();
    const { sandbox, subscribe } = harness;
    const { id } = await subscribe();
    harness.answer = (_, nth) => {
      if (nth === 1) return new Response(null, { status: 503 });
      if (nth === 2) throw new TypeError("fetch failed");
      return new Response(null, { status: 204 });
    };
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    sandbox.clock.advance("5s");
    await sandbox.deliver();
    sandbox.clock.advance("15s");
    await sandbox.deliver();
    await harness.call("POST", `/webhooks/${id}/test`);
    const [first, second, third, test] = sandbox.deliveries.list();
    expect(first).toEqual({
      number: 1,
      at: "2025-01-06T08:00:00.000Z",
      webhookId: id,
      url: HOOK_URL,
      deliveryId: harness.deliveries[0]?.headers.get("x-enode-delivery"),
      events: 1,
      eventNames: ["user:charger:discovered"],
      status: 503,
      reason: null,
      attempt: 1,
      nextAttemptAt: "2025-01-06T08:00:05.000Z",
      isEdited: false,
    });
    expect(second).toMatchObject({
      status: null,
      reason: "The webhook endpoint could not be reached: fetch failed",
      attempt: 2,
      deliveryId: first?.deliveryId,
    });
    expect(third).toMatchObject({ status: 204, attempt: 3, at: "2025-01-06T08:00:20.000Z" });
    expect(test).toMatchObject({ status: 204, attempt: 1, events: 1 });
    expect(test?.deliveryId).not.toBe(first?.deliveryId);
  });
});
