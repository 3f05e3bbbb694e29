import { describe, expect, it, vi } from "vitest";
import { isConfigurationError, isPaginationLoopError } from "../../../src/errors/index.ts";
import { failureOf, json, problem } from "../../support/stub.ts";
import {
  at,
  begin,
  createWorld,
  dateHeader,
  deleted,
  discovered,
  event,
  page,
  stubbedWorld,
  updated,
  vehicle,
} from "../support/world.ts";

const vehicles = { kinds: ["vehicle"] } as const;
const level = (batteryLevel: number) => ({
  chargeState: { ...vehicle().chargeState, batteryLevel },
});
const nothing = { missing: [], stale: [], moved: [], orphaned: [] };

describe("a reconciliation", () => {
  it("finds nothing after a backfill, and makes all fresher", async () => {
    const { sandbox, mirror } = createWorld({ fleet: { users: 2, vehiclesPerUser: 2 } });
    await mirror.backfill();
    const [id = ""] = sandbox.devices.list().map((each) => each.id);
    const before = await mirror.devices.get(id);
    sandbox.clock.advance(60_000);
    sandbox.faults.next({ operation: "listHvacs", status: 403 });
    const result = await mirror.reconcile();
    expect(result).toMatchObject({ ...nothing, counts: { listed: 6 }, webhooks: [] });
    expect(result.skipped).toEqual(["hvac"]);
    const after = await mirror.devices.get(id);
    expect(Number(after?.observedAt)).toBeGreaterThan(Number(before?.observedAt) + 50_000);
    expect(after?.source).toBe("reconcile");
  });

  it("finds and repairs all that an outage has left", async () => {
    const { sandbox, enode, mirror } = createWorld({
      fleet: [
        { id: "anna", vehicles: [{}, {}], chargers: [{}] },
        { id: "ben", vehicles: [{}] },
      ],
    });
    await mirror.backfill();
    const [changed, sold] = sandbox.devices.list("anna");
    const [bens] = sandbox.devices.list("ben");
    if (!changed || !sold || !bens) throw new Error("The fleet has them.");
    // Nobody hears of any of this.
    sandbox.clock.advance(86_400_000);
    sandbox.devices.update(changed.id, { isPluggedIn: false });
    sandbox.devices.remove(sold.id);
    const added = sandbox.devices.add("carl", "charger");
    await enode.users.delete("ben");
    sandbox.invalidateCredentials("anna", "TESLA");

    const result = await mirror.reconcile({ pageSize: 2 });
    expect(result.missing).toEqual(
      expect.arrayContaining([
        { kind: "charger", id: added.id, userId: "carl" },
        { kind: "user", id: "carl", userId: "carl" },
      ]),
    );
    expect(result.stale).toContainEqual({ kind: "charger", id: changed.id, userId: "anna" });
    expect(result.stale).toContainEqual({ kind: "user", id: "anna", userId: "anna" });
    expect(new Set(result.orphaned.map(({ id }) => id))).toEqual(
      new Set([sold.id, bens.id, "ben"]),
    );
    expect(result.counts).toMatchObject({ missing: 2, orphaned: 3 });

    const known = await mirror.devices.list().toArray({ limit: 99 });
    expect(new Map(known.map((each) => [each.id, each.data]))).toEqual(
      new Map(sandbox.devices.list().map((each) => [each.id, each])),
    );
    expect(await mirror.users.get("ben")).toBeUndefined();
    expect(await mirror.reconcile()).toMatchObject(nothing);
  });

  it("takes another order of members for the same", async () => {
    const reversed = Object.fromEntries(Object.entries(vehicle()).reverse());
    const { mirror } = stubbedWorld({ "/vehicles": () => page([reversed], null, dateHeader(50)) });
    await mirror.apply(updated(10));
    expect(await mirror.reconcile(vehicles)).toMatchObject(nothing);
    expect(Number((await mirror.devices.get("v1"))?.observedAt)).toBeGreaterThan(begin + 40_000);
  });

  it("finds a device stale of which only the time of its readings differs", async () => {
    const listed = vehicle({ lastSeen: at(30) });
    const { mirror } = stubbedWorld({ "/vehicles": () => page([listed], null, dateHeader(500)) });
    await mirror.apply(updated(10));
    expect((await mirror.reconcile(vehicles)).stale).toHaveLength(1);
  });

  it("fills what was only discovered", async () => {
    const { mirror } = stubbedWorld({
      "/users/u1": () => json({ id: "u1", linkedVendors: [] }),
      "/vehicles": () => page([vehicle()], null, dateHeader(500)),
    });
    await mirror.apply(discovered(10));
    expect((await mirror.reconcile(vehicles)).stale).toHaveLength(1);
    expect(await mirror.devices.get("v1")).toMatchObject({ partial: false });
  });

  it("brings back what is linked again", async () => {
    const { mirror } = stubbedWorld({ "/vehicles": () => page([vehicle()], null, dateHeader(50)) });
    await mirror.apply(deleted(10));
    expect((await mirror.reconcile(vehicles)).missing).toHaveLength(1);
    expect(await mirror.devices.get("v1")).toBeDefined();
  });

  it("reads a record that is not listed by its ID, before it counts as deleted", async () => {
    const { mirror, requests } = stubbedWorld({
      "/vehicles": () => page([], null, dateHeader(500)),
      "/vehicles/v1": () => json(vehicle(level(33)), 200, dateHeader(501)),
    });
    await mirror.apply([updated(10, level(1)), updated(10, { id: "v2" })]);
    const result = await mirror.reconcile(vehicles);
    expect(requests).toEqual(["GET /vehicles", "GET /vehicles/v1", "GET /vehicles/v2"]);
    expect(result.orphaned).toEqual([{ kind: "vehicle", id: "v2", userId: "u1" }]);
    expect(result.stale).toEqual([{ kind: "vehicle", id: "v1", userId: "u1" }]);
    expect(await mirror.devices.get("v1")).toMatchObject({ source: "read", data: level(33) });
    expect(await mirror.devices.get("v2")).toBeUndefined();
  });

  it("does not read what was heard of since it began, or belongs to another kind or client", async () => {
    const world = stubbedWorld({
      "/vehicles": async () => {
        await world.mirror.apply(updated(60, { id: "new" }));
        return page([], null, dateHeader(50));
      },
    });
    await world.mirror.apply(event("user:meter:updated", 1, { meter: { id: "m", userId: "u1" } }));
    expect(await world.mirror.reconcile(vehicles)).toMatchObject(nothing);
    expect(world.requests).toEqual(["GET /vehicles"]);
  });

  it("finds a deleted record that was updated in the very second of the first page", async () => {
    const { mirror } = stubbedWorld({ "/vehicles": () => page([], null, dateHeader(50)) });
    await mirror.apply(updated(50.8));
    expect((await mirror.reconcile(vehicles)).orphaned).toHaveLength(1);
    expect(await mirror.devices.get("v1")).toBeUndefined();
  });

  it("lets no late event of the second in which a record was found deleted bring it back", async () => {
    const { mirror } = stubbedWorld({ "/vehicles": () => page([], null, dateHeader(50)) });
    await mirror.apply(updated(10));
    expect((await mirror.reconcile(vehicles)).orphaned).toHaveLength(1);
    await mirror.apply(updated(50.9));
    expect(await mirror.devices.get("v1")).toBeUndefined();
  });

  it("lets a user come back in the second in which it was found deleted", async () => {
    let isGone = false;
    const { mirror } = stubbedWorld({
      "/users": () => page([], null, dateHeader(50)),
      "/users/u1": () =>
        isGone ? problem(404) : json({ id: "u1", linkedVendors: [] }, 200, dateHeader(10)),
    });
    await mirror.apply(event("user:credentials:invalidated", 10));
    isGone = true;
    expect((await mirror.reconcile({ kinds: ["user"] })).orphaned).toHaveLength(1);
    isGone = false;
    await mirror.apply(event("user:credentials:invalidated", 50.5));
    expect(await mirror.users.get("u1")).toBeDefined();
  });

  it("reads again where a known record of the very second of a page differs", async () => {
    const { mirror, requests } = stubbedWorld({
      "/vehicles": () => page([vehicle(level(2))], null, dateHeader(50)),
      "/vehicles/v1": () => json(vehicle(level(3)), 200, dateHeader(50)),
    });
    await mirror.apply(updated(50.8, level(1)));
    expect((await mirror.reconcile(vehicles)).moved).toHaveLength(1);
    expect(requests).toContain("GET /vehicles/v1");
    expect((await mirror.devices.get("v1"))?.data).toMatchObject(level(3));
  });

  it("does not read one by one what it has just listed, with or without a date", async () => {
    for (const headers of [dateHeader(50), {}]) {
      const listed = Array.from({ length: 20 }, (_, id) => vehicle({ id: `v${id}` }));
      const { mirror, requests } = stubbedWorld({ "/vehicles": () => page(listed, null, headers) });
      await mirror.reconcile(vehicles);
      await mirror.reconcile(vehicles);
      expect(requests).toEqual(["GET /vehicles", "GET /vehicles"]);
    }
  });

  it("takes no record for deleted of a kind that it may not list", async () => {
    const { mirror } = stubbedWorld({ "/vehicles": () => problem(403) });
    await mirror.apply(updated(10));
    expect(await mirror.reconcile(vehicles)).toMatchObject({ ...nothing, skipped: ["vehicle"] });
    expect(await mirror.devices.get("v1")).toBeDefined();
  });

  it("fails, and takes no record for deleted, when reading it fails", async () => {
    const { mirror } = stubbedWorld({
      "/vehicles": () => page([], null, dateHeader(50)),
      "/vehicles/v1": () => problem(503),
    });
    await mirror.apply(updated(10));
    expect(await failureOf(mirror.reconcile(vehicles))).toMatchObject({ status: 503 });
    expect(await mirror.devices.get("v1")).toBeDefined();
  });

  it("ends when a cursor comes again", async () => {
    const { mirror } = stubbedWorld({ "/vehicles": () => page([], "a") });
    await failureOf(mirror.reconcile(vehicles), isPaginationLoopError);
  });

  it("counts all findings, and names the first thousand", async () => {
    const listed = Array.from({ length: 1_200 }, (_, id) => vehicle({ id: `v${id}` }));
    const { mirror } = stubbedWorld({ "/vehicles": () => page(listed, null, dateHeader(50)) });
    const result = await mirror.reconcile(vehicles);
    expect(result.counts).toMatchObject({ listed: 1_200, missing: 1_200, stale: 0, moved: 0 });
    expect(result.missing).toHaveLength(1_000);
  });
});

describe("actions that are pending here", () => {
  const action = { userId: "u1", targetId: "v1", targetType: "vehicle", kind: "START" };
  const pending = (id: string) =>
    event("user:vendor-action:updated", 10, { vendorAction: { ...action, id, state: "PENDING" } });

  it("are read, and end as they did", async () => {
    const { mirror, requests } = stubbedWorld({
      "/vehicles": () => page([], null, dateHeader(500)),
      "/vehicles/actions/a1": () =>
        json({ ...action, id: "a1", state: "FAILED", updatedAt: at(11) }),
      "/vehicles/actions/a2": () => json({ ...action, id: "a2", state: "PENDING" }),
    });
    await mirror.apply(["a1", "a2", "a3"].map(pending));
    const result = await mirror.reconcile(vehicles);
    expect(result.stale).toEqual([{ kind: "action", id: "a1", userId: "u1" }]);
    expect(result.orphaned).toEqual([{ kind: "action", id: "a3", userId: "u1" }]);
    expect(await mirror.actions.get("a1")).toMatchObject({ state: "FAILED", kind: "vehicle" });
    expect(await mirror.actions.get("a2")).toMatchObject({ state: "PENDING", kind: "vehicle" });
    expect(await mirror.actions.get("a3")).toBeUndefined();
    requests.length = 0;
    await mirror.reconcile(vehicles);
    // Those that have ended are not read any more.
    expect(requests).toEqual(["GET /vehicles", "GET /vehicles/actions/a2"]);
  });

  it.each([
    ["charger", "/chargers"],
    ["hvac", "/hvacs"],
    ["battery", "/batteries"],
  ] as const)("on a %s are read at %s", async (kind, path) => {
    const { mirror } = stubbedWorld({
      [path]: () => page([]),
      [`${path}/actions/a1`]: () =>
        json({ ...action, targetType: kind, id: "a1", state: "CONFIRMED" }),
    });
    const vendorAction = { ...action, targetType: kind, id: "a1", state: "PENDING" };
    await mirror.apply(event("user:vendor-action:updated", 10, { vendorAction }));
    await mirror.reconcile({ kinds: [kind] });
    expect(await mirror.actions.get("a1")).toMatchObject({ state: "CONFIRMED", kind });
  });

  it("stay as they are when the client may not read them", async () => {
    const { mirror } = stubbedWorld({
      "/vehicles": () => page([]),
      "/vehicles/actions/a1": () => problem(403),
    });
    await mirror.apply(pending("a1"));
    expect(await mirror.reconcile(vehicles)).toMatchObject(nothing);
  });
});

describe("inactive webhooks", () => {
  /** A sandbox with one, which was never answered until now. */
  async function abandoned() {
    let isUp = false;
    const deliver = async () => new Response(null, { status: isUp ? 200 : 500 });
    const world = createWorld({ deliver, fleet: { users: 1, vehiclesPerUser: 1 } });
    const webhook = { url: "https://example.com/hook", secret: "a-secret" };
    const events = ["user:vehicle:updated"];
    const { id } = await world.enode.webhooks.create({ ...webhook, events });
    const [device] = world.sandbox.devices.list();
    world.sandbox.devices.update(device?.id ?? "", { batteryLevel: 3 });
    world.sandbox.clock.advance(3_600_000);
    await world.sandbox.deliver();
    expect((await world.enode.webhooks.get(id)).isActive).toBe(false);
    return { ...world, id, events, recover: () => (isUp = true) };
  }

  it("are left alone unless asked for", async () => {
    const { mirror, enode, id } = await abandoned();
    expect((await mirror.reconcile()).webhooks).toEqual([]);
    const { webhooks } = await mirror.reconcile({ webhooks: "report" });
    expect(webhooks).toMatchObject([{ webhook: { id }, reactivated: false }]);
    expect((await enode.webhooks.get(id)).isActive).toBe(false);
    expect((await mirror.report()).inactiveWebhooks).toMatchObject([{ id }]);
  });

  it.each([true, false])("are reactivated, with an endpoint that answers: %s", async (answers) => {
    const { mirror, enode, id, events, recover } = await abandoned();
    if (answers) recover();
    const { webhooks } = await mirror.reconcile({ webhooks: "reactivate" });
    expect(webhooks).toMatchObject([{ webhook: { id }, reactivated: true }]);
    expect(await enode.webhooks.get(id)).toMatchObject({ isActive: true, events });
  });

  it("are reactivated before anything is listed", async () => {
    const webhook = { id: "w1", isActive: false };
    const { mirror, requests } = stubbedWorld({
      "/webhooks": () =>
        page([webhook, { id: "w2", isActive: true }, { id: "w3", isActive: false }]),
      "/webhooks/w1/test": () => json({ status: "SUCCESS" }),
      "/webhooks/w1": () => json({ ...webhook, isActive: true }),
      "/vehicles": () => page([]),
    });
    const { webhooks } = await mirror.reconcile({ ...vehicles, webhooks: "reactivate" });
    expect(requests).toEqual([
      "GET /webhooks",
      "POST /webhooks/w1/test",
      "GET /webhooks/w1",
      "POST /webhooks/w3/test",
      "GET /vehicles",
    ]);
    // The other one was deleted meanwhile.
    expect(webhooks.map(({ reactivated }) => reactivated)).toEqual([true, false]);
  });

  it("are not dealt with in another way", async () => {
    const { mirror } = stubbedWorld();
    const options = { webhooks: "delete" } as object;
    const failure = failureOf(mirror.reconcile(options), isConfigurationError);
    expect(await failure).toMatchObject({ parameter: "webhooks" });
  });
});

describe("a report", () => {
  it("names devices that several users have, and when the copy was filled and repaired", async () => {
    const { mirror } = stubbedWorld({ "/webhooks": () => page([]), "/vehicles": () => page([]) });
    const empty = { duplicates: [], inactiveWebhooks: [] };
    expect(await mirror.report()).toMatchObject({ ...empty, lastBackfillAt: undefined });
    const { information } = vehicle();
    await mirror.apply([
      updated(1),
      updated(1, {
        id: "v2",
        userId: "u2",
        information: { ...information, vin: ` ${information.vin?.toLowerCase()}` },
      }),
      updated(1, { id: "v3", userId: "u3", information: { ...information, vin: "other" } }),
    ]);
    vi.spyOn(Date, "now").mockReturnValue(begin + 1e9);
    const { duplicates } = await mirror.report();
    expect(duplicates.map(({ identity }) => identity)).toEqual([`vin:${information.vin}`]);
    expect(duplicates[0]?.devices.map(({ id, userId }) => [id, userId])).toEqual([
      ["v1", "u1"],
      ["v2", "u2"],
    ]);
    await mirror.backfill({ kinds: [] });
    await mirror.reconcile({ kinds: [] });
    expect(await mirror.report()).toMatchObject({
      lastBackfillAt: new Date(begin + 1e9),
      lastReconcileAt: new Date(begin + 1e9),
    });
  });
});
