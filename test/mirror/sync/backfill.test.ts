import { describe, expect, it, vi } from "vitest";
import {
  isAbortError,
  isConfigurationError,
  isPaginationLoopError,
} from "../../../src/errors/index.ts";
import { Mirror, type SyncProgress } from "../../../src/mirror/index.ts";
import { memoryStorage } from "../../../src/storage/index.ts";
import { failureOf, json, problem } from "../../support/stub.ts";
import {
  at,
  begin,
  broken,
  createWorld,
  dateHeader,
  mirrorOf,
  page,
  stubbedWorld,
  updated,
  vehicle,
} from "../support/world.ts";

const fleet = {
  users: 3,
  vehiclesPerUser: 4,
  chargersPerUser: 2,
  hvacsPerUser: 1,
  invertersPerUser: 1,
  batteriesPerUser: 1,
  metersPerUser: 1,
};

/** Answers with `count` vehicles, `size` a page, from a list that begins at a cursor. */
function vehicles(count: number, size: number, onPage: (from: number) => void = () => undefined) {
  return ({ request }: { request: Request }) => {
    const from = Number(new URL(request.url).searchParams.get("after") ?? 0);
    onPage(from);
    const ids = Array.from({ length: Math.min(size, count - from) }, (_, index) => from + index);
    const next = from + size < count ? String(from + size) : null;
    return page(
      ids.map((id) => vehicle({ id: `v${id}` })),
      next,
      dateHeader(100),
    );
  };
}

describe("a backfill", () => {
  it("keeps what it reads under the ID that was listed, whatever the answer says", async () => {
    const { mirror } = stubbedWorld({
      "/users": () => page([{ id: "u1" }]),
      "/users/u1": () => json({ id: "u2", linkedVendors: [] }),
    });
    await mirror.backfill({ kinds: ["user"] });
    expect(await mirror.users.get("u1")).toMatchObject({ id: "u1", data: { id: "u1" } });
    expect(await mirror.users.get("u2")).toBeUndefined();
  });

  it("brings all users and devices, and names the kinds that it may not list", async () => {
    const { sandbox, mirror } = createWorld({ fleet });
    // Enode lets some clients list some kinds only.
    sandbox.faults.next({ operation: "listMeters", status: 403 });
    const systems = sandbox.devices.list(undefined, "hemSystem");
    expect(systems).not.toEqual([]);
    const result = await mirror.backfill({ pageSize: 5 });
    expect(result.kinds).toEqual({
      user: { listed: 3, kept: 3, pages: 1, resumed: false },
      vehicle: { listed: 12, kept: 12, pages: 3, resumed: false },
      charger: { listed: 6, kept: 6, pages: 2, resumed: false },
      hvac: { listed: 3, kept: 3, pages: 1, resumed: false },
      inverter: { listed: 3, kept: 3, pages: 1, resumed: false },
      battery: { listed: 3, kept: 3, pages: 1, resumed: false },
      hemSystem: { listed: systems.length, kept: systems.length, pages: 1, resumed: false },
    });
    expect(result.skipped).toEqual(["meter"]);
    const devices = await mirror.devices.list().toArray({ limit: 99 });
    const meters = new Set(sandbox.devices.list(undefined, "meter").map(({ id }) => id));
    const truth = [...sandbox.devices.list().filter(({ id }) => !meters.has(id)), ...systems];
    expect(new Map(devices.map(({ id, data }) => [id, data]))).toEqual(
      new Map(truth.map((each) => [each.id, each])),
    );
    expect(devices.every(({ source, partial }) => source === "backfill" && !partial)).toBe(true);
    const users = await mirror.users.list().toArray({ limit: 9 });
    expect(users.map(({ id }) => id).toSorted()).toEqual(["user-1", "user-2", "user-3"]);
    expect(users[0]?.data.linkedVendors.length).toBeGreaterThan(0);
  });

  it("lists the kinds asked for, and reports its progress", async () => {
    const { mirror, requests } = stubbedWorld({ "/vehicles": vehicles(5, 2) });
    const reported: SyncProgress[] = [];
    await mirror.backfill({
      kinds: ["vehicle"],
      pageSize: 2,
      onProgress: (each) => reported.push(each),
    });
    expect(requests).toEqual([
      "GET /vehicles?pageSize=2",
      "GET /vehicles?after=2&pageSize=2",
      "GET /vehicles?after=4&pageSize=2",
    ]);
    expect(reported).toEqual([
      { kind: "vehicle", done: 2, pages: 1, finished: false },
      { kind: "vehicle", done: 4, pages: 2, finished: false },
      { kind: "vehicle", done: 5, pages: 3, finished: true },
    ]);
  });

  it.each([
    ["hvac", "/hvacs"],
    ["inverter", "/inverters"],
    ["battery", "/batteries"],
    ["meter", "/meters"],
    ["hemSystem", "/hem-systems"],
  ] as const)("lists %s devices at %s", async (kind, path) => {
    const { mirror } = stubbedWorld({
      [path]: () => page([{ id: "d", userId: "u", lastSeen: at(1) }]),
    });
    const { kinds } = await mirror.backfill({ kinds: [kind] });
    expect(kinds).toEqual({ [kind]: { listed: 1, kept: 1, pages: 1, resumed: false } });
    expect(await mirror.devices.get("d")).toMatchObject({ kind, userId: "u" });
  });

  it.each([403, 404, 501])("skips a kind that is answered with %i", async (status) => {
    const { mirror } = stubbedWorld({ "/hvacs": () => problem(status), "/meters": () => page([]) });
    const { skipped, kinds } = await mirror.backfill({ kinds: ["hvac", "meter"] });
    expect(skipped).toEqual(["hvac"]);
    expect(kinds).toHaveProperty("meter");
  });

  it.each([400, 401, 429, 500])("fails when a kind is answered with %i", async (status) => {
    const { mirror } = stubbedWorld({ "/hvacs": () => problem(status) });
    expect(await failureOf(mirror.backfill({ kinds: ["hvac"] }))).toMatchObject({ status });
  });

  it("fetches the next page while the last one is being stored, and no further one", async () => {
    const order: string[] = [];
    const whole = memoryStorage().deviceStore;
    const store = broken(
      "upsert",
      async (records) => {
        if (records[0]?.collection === "devices") {
          // Until the request for the next page is there.
          await vi.waitUntil(() => order.at(-1)?.startsWith("page"));
          await new Promise((resolve) => setTimeout(resolve, 5));
          order.push("stored");
        }
        return whole.upsert(records);
      },
      whole,
    );
    const list = vehicles(3, 1, (from) => order.push(`page ${from}`));
    const { mirror } = stubbedWorld({ "/vehicles": list }, store);
    // The last page is followed by none, so that one is stored without waiting.
    order.push("page");
    await mirror.backfill({ kinds: ["vehicle"] }).catch(() => undefined);
    expect(order.slice(1, 6)).toEqual(["page 0", "page 1", "stored", "page 2", "stored"]);
  });

  it("sends for the next page before a store in this process blocks it", async () => {
    const order: string[] = [];
    const whole = memoryStorage().deviceStore;
    const store = broken(
      "upsert",
      async (records) => {
        if (records[0]?.collection === "devices") order.push("stored");
        return whole.upsert(records);
      },
      whole,
    );
    // A request leaves a little after fetch was called.
    const list = vehicles(3, 1, (from) => setImmediate(() => order.push(`page ${from}`)));
    const { mirror } = stubbedWorld({ "/vehicles": list }, store);
    await mirror.backfill({ kinds: ["vehicle"] });
    expect(order).toEqual(["page 0", "page 1", "stored", "page 2", "stored", "stored"]);
  });

  it("lets events win that arrive while its older pages are in flight", async () => {
    const level = (batteryLevel: number) => ({
      chargeState: { ...vehicle().chargeState, batteryLevel },
    });
    const world = stubbedWorld({
      "/vehicles": async () => {
        await world.mirror.apply([
          updated(200, level(80)),
          updated(50, { id: "v2", ...level(80) }),
        ]);
        const listed = [vehicle(level(10)), vehicle({ id: "v2", ...level(10) })];
        return page(listed, null, dateHeader(100));
      },
    });
    await world.mirror.backfill({ kinds: ["vehicle"] });
    expect((await world.mirror.devices.get("v1"))?.data).toMatchObject(level(80));
    expect((await world.mirror.devices.get("v2"))?.data).toMatchObject(level(10));
  });

  it("dates what it lists by Enode's clock", async () => {
    const { mirror } = stubbedWorld({ "/vehicles": vehicles(1, 1) });
    await mirror.backfill({ kinds: ["vehicle"] });
    const observedAt = Number((await mirror.devices.get("v0"))?.observedAt);
    expect(observedAt).toBeLessThanOrEqual(begin + 100_000);
    expect(observedAt).toBeGreaterThan(begin + 90_000);
  });

  it("names the same users when one vanishes between the list and the read", async () => {
    const { mirror } = stubbedWorld({
      "/users": () => page([{ id: "u1" }, { id: "gone" }]),
      "/users/u1": () => json({ id: "u1", linkedVendors: [] }),
    });
    expect((await mirror.backfill({ kinds: ["user"] })).kinds.user).toMatchObject({ listed: 1 });
  });

  it("reports what was listed without an ID, and keeps the rest", async () => {
    const { mirror, errors } = stubbedWorld({
      "/vehicles": () => page([{ vendor: "TESLA" }, vehicle()]),
    });
    await mirror.backfill({ kinds: ["vehicle"] });
    expect(errors).toMatchObject([{ code: "schema_mismatch", operation: "listVehicles" }]);
    expect(await mirror.devices.get("v1")).toBeDefined();
  });

  it.each([
    ["the one before", ["a", "a"]],
    ["an older one", ["a", "b", "a"]],
  ])("ends when a cursor comes again: %s", async (_, cursors) => {
    const { mirror } = stubbedWorld({
      "/vehicles": ({ nth }) => page([], cursors[nth - 1] ?? "never"),
    });
    const failure = failureOf(mirror.backfill({ kinds: ["vehicle"] }), isPaginationLoopError);
    expect(await failure).toMatchObject({ operation: "listVehicles" });
  });

  it("breaks off at the caller's signal", async () => {
    const controller = new AbortController();
    const list = vehicles(100, 1, (from) => from === 3 && controller.abort());
    const { mirror, requests } = stubbedWorld({ "/vehicles": list });
    const options = { kinds: ["vehicle"], signal: controller.signal } as const;
    expect(isAbortError(await failureOf(mirror.backfill(options)))).toBe(true);
    expect(requests.length).toBeLessThan(6);
    expect(isAbortError(await failureOf(mirror.backfill(options)))).toBe(true);
  });

  it("is not broken by a callback that throws", async () => {
    const { mirror, errors } = stubbedWorld({ "/vehicles": vehicles(1, 1) });
    const onProgress = () => {
      throw new Error("the bar is full");
    };
    await mirror.backfill({ kinds: ["vehicle"], onProgress });
    expect(errors).toMatchObject([{ message: "the bar is full" }]);
  });

  it.each([
    ["kinds", { kinds: ["bicycle"] }],
    ["kinds", { kinds: "vehicle" }],
    ["pageSize", { pageSize: 0 }],
    ["concurrency", { concurrency: 1.5 }],
  ])("refuses %s when they cannot work", async (parameter, options) => {
    const { mirror } = stubbedWorld();
    // As from JavaScript.
    const failure = failureOf(mirror.backfill(options as object), isConfigurationError);
    expect(await failure).toMatchObject({ parameter });
  });
});

describe("an interrupted backfill", () => {
  it("goes on where it was, in another process, with no more than one page read twice", async () => {
    const pages: number[] = [];
    let isDown = false;
    const list = vehicles(20, 2, (from) => {
      pages.push(from);
      if (from === 12 && isDown) throw new Error("the process dies");
    });
    const { enode, store, mirror } = stubbedWorld({ "/vehicles": list });
    isDown = true;
    await failureOf(mirror.backfill({ kinds: ["vehicle"] }));
    isDown = false;
    pages.length = 0;
    const next = new Mirror({ enode, store });
    const { kinds } = await next.backfill({ kinds: ["vehicle"] });
    expect(kinds.vehicle?.resumed).toBe(true);
    expect(pages[0]).toBe(10);
    expect(await next.devices.list().toArray({ limit: 99 })).toHaveLength(20);
  });

  it("does not list again the kinds that it was through with", async () => {
    let isDown = true;
    const { mirror, requests } = stubbedWorld({
      "/vehicles": vehicles(3, 2),
      "/chargers": () => (isDown ? problem(500) : page([])),
    });
    const options = { kinds: ["vehicle", "charger"], concurrency: 1 } as const;
    await failureOf(mirror.backfill(options));
    isDown = false;
    requests.length = 0;
    await mirror.backfill(options);
    expect(requests).toEqual(["GET /chargers"]);
    requests.length = 0;
    await mirror.backfill(options);
    expect(requests).toEqual(["GET /vehicles", "GET /vehicles?after=2", "GET /chargers"]);
  });

  it("begins again after a day, and when Enode no longer takes its cursor", async () => {
    let isDown = true;
    const { enode, store, mirror } = stubbedWorld({
      "/vehicles": (request) => {
        const after = new URL(request.request.url).searchParams.get("after");
        if (after === "4" && isDown) return problem(500);
        if (after === "2" && !isDown) return problem(400);
        return isDown ? vehicles(9, 2)(request) : vehicles(9, 3)(request);
      },
    });
    await failureOf(mirror.backfill({ kinds: ["vehicle"] }));
    isDown = false;
    await mirror.backfill({ kinds: ["vehicle"] });
    expect(await mirror.devices.list().toArray({ limit: 99 })).toHaveLength(9);

    isDown = true;
    await failureOf(mirror.backfill({ kinds: ["vehicle"] }));
    const now = Date.now();
    vi.spyOn(Date, "now").mockReturnValue(now + 86_400_001);
    const { mirror: next } = mirrorOf(enode, store);
    isDown = false;
    const { kinds } = await next.backfill({ kinds: ["vehicle"] });
    expect(kinds.vehicle).toMatchObject({ resumed: false, listed: 9 });
  });
});
