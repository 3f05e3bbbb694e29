import { describe, expect, it } from "vitest";
import { createHookedHarness } from "../support/receiver.ts";

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
      deliveryId: harness.deliveries[0]?.headers.get("x-enode-delivery"),
      events: 1,
      status: 503,
      reason: null,
      attempt: 1,
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
