import { describe, expect, it } from "vitest";
import { isConfigurationError } from "../../../src/errors/index.ts";
import type { DeviceChange } from "../../../src/mirror/index.ts";
import { memoryStorage } from "../../../src/storage/index.ts";
import { errorOf, failureOf, json } from "../../support/stub.ts";
import {
  at,
  begin,
  broken,
  dateHeader,
  deleted,
  discovered,
  event,
  mirrorOf,
  page,
  stubbedWorld,
  updated,
  vehicle,
} from "../support/world.ts";

const everything = { limit: Number.POSITIVE_INFINITY };

async function filled() {
  const world = stubbedWorld();
  await world.mirror.apply([
    updated(1, { id: "v1", userId: "u1", vendor: "TESLA" }),
    updated(2, { id: "v2", userId: "u1", vendor: "VOLVO" }),
    updated(3, { id: "v3", userId: "u2", vendor: "TESLA" }),
    event("user:charger:updated", 4, { charger: { id: "c1", userId: "u2", vendor: "EASEE" } }),
    updated(5, { id: "v4", userId: "u2", vendor: "TESLA" }),
    event("user:vehicle:deleted", 6, { vehicle: vehicle({ id: "v4", userId: "u2" }) }),
  ]);
  return world;
}

describe("lists of devices", () => {
  it.each([
    [{}, ["c1", "v1", "v2", "v3"]],
    [{ userId: "u1" }, ["v1", "v2"]],
    [{ userId: "u3" }, []],
    [{ kind: "charger" }, ["c1"]],
    [{ vendor: "TESLA" }, ["v1", "v3"]],
    [{ userId: "u2", kind: "vehicle", vendor: "TESLA" }, ["v3"]],
    [{ userId: "u2", kind: "vehicle", includeDeleted: true }, ["v3", "v4"]],
  ] as const)("%o hold what fits", async (query, ids) => {
    const { mirror } = await filled();
    const found = await mirror.devices.list(query).toArray(everything);
    expect(found.map(({ id }) => id).toSorted()).toEqual(ids);
  });

  it("say of deleted devices only since when they are deleted", async () => {
    const { mirror } = await filled();
    const all = await mirror.devices.list({ includeDeleted: true }).toArray(everything);
    const deleted = all.find(({ id }) => id === "v4");
    expect(deleted).toMatchObject({
      data: null,
      kind: "vehicle",
      deletedAt: new Date(begin + 6_000),
    });
  });

  it("find devices of which nothing was heard for a time", async () => {
    const { mirror } = stubbedWorld();
    const ago = (seconds: number) => (Date.now() - begin) / 1_000 - seconds;
    await mirror.apply([updated(ago(7_200), { id: "old" }), updated(ago(60), { id: "new" })]);
    const stale = await mirror.devices.list({ stale: 3_600_000 }).toArray(everything);
    expect(stale.map(({ id }) => id)).toEqual(["old"]);
  });

  it("can be iterated over, more than once, and hold each device once over many pages", async () => {
    const { mirror } = stubbedWorld();
    const ids = Array.from({ length: 1_234 }, (_, index) => `v${index}`);
    await mirror.apply(ids.map((id) => updated(1, { id })));
    const list = mirror.devices.list({ userId: "u1" });
    for (let round = 0; round < 2; round++) {
      const found: string[] = [];
      for await (const { id } of list) found.push(id);
      expect(found.toSorted()).toEqual(ids.toSorted());
    }
    expect(await list.toArray({ limit: 7 })).toHaveLength(7);
  });

  it.each([0, 1.5, -1, undefined])("refuse a limit of %o", async (limit) => {
    const { mirror } = stubbedWorld();
    // As from JavaScript.
    const options = { limit } as { limit: number };
    const failure = failureOf(mirror.devices.list().toArray(options), isConfigurationError);
    expect(await failure).toMatchObject({ parameter: "limit" });
  });

  it.each([-1, Number.NaN, "1h"])("refuse an age of %o", (stale) => {
    const { mirror } = stubbedWorld();
    const query = { stale } as { stale: number };
    const error = errorOf(() => mirror.devices.list(query), isConfigurationError);
    expect(error).toMatchObject({ parameter: "stale" });
  });
});

describe("reading one record", () => {
  it("costs one question to the store", async () => {
    const asked: string[] = [];
    const { deviceStore } = memoryStorage();
    const store = new Proxy(deviceStore, {
      get(target, name, receiver) {
        asked.push(String(name));
        return Reflect.get(target, name, receiver);
      },
    });
    const { mirror } = stubbedWorld({}, store);
    asked.length = 0;
    await mirror.devices.get("v1");
    await mirror.actions.get("a1");
    await mirror.users.get("u1");
    expect(asked).toEqual(["get", "get", "get"]);
  });
});

describe("lists of actions", () => {
  it("are of all users, one user or one device", async () => {
    const { mirror } = await filled();
    const moved = (id: string, userId: string, targetId: string) => {
      const vendorAction = { id, userId, targetId, targetType: "vehicle", state: "PENDING" };
      return event("user:vendor-action:updated", 9, { vendorAction });
    };
    await mirror.apply([moved("a1", "u1", "v1"), moved("a2", "u1", "v2"), moved("a3", "u2", "v9")]);
    const idsOf = async (query?: { userId?: string; deviceId?: string }) =>
      (await mirror.actions.list(query).toArray(everything)).map(({ id }) => id).toSorted();
    expect(await idsOf()).toEqual(["a1", "a2", "a3"]);
    expect(await idsOf({ userId: "u1" })).toEqual(["a1", "a2"]);
    expect(await idsOf({ deviceId: "v1" })).toEqual(["a1"]);
    expect(await idsOf({ deviceId: "v9" })).toEqual(["a3"]);
    expect(await idsOf({ userId: "u2", deviceId: "v1" })).toEqual([]);
  });
});

describe("those who watch devices", () => {
  function watched() {
    const world = stubbedWorld({ "/users/u1": () => json({ id: "u1", linkedVendors: [] }) });
    const changes: DeviceChange[] = [];
    const end = world.mirror.devices.watch((change) => changes.push(change));
    return { ...world, changes, end };
  }

  it("are notified of added, changed and deleted devices, with the previous state", async () => {
    const { mirror, changes } = watched();
    await mirror.apply(updated(1));
    await mirror.apply(updated(2, { lastSeen: at(2) }));
    await mirror.apply(deleted(3));
    expect(changes).toMatchObject([
      { type: "added", device: { id: "v1", data: { lastSeen: at(0) } } },
      {
        type: "changed",
        device: { data: { lastSeen: at(2) } },
        previous: { data: { lastSeen: at(0) } },
      },
      { type: "deleted", device: { data: null }, previous: { data: { lastSeen: at(2) } } },
    ]);
  });

  it("are notified of each change of several in one call", async () => {
    const { mirror, changes } = watched();
    await mirror.apply([updated(1), updated(2, { lastSeen: at(2) }), deleted(3), updated(4)]);
    expect(changes.map(({ type }) => type)).toEqual(["added", "changed", "deleted", "added"]);
  });

  it("are not notified of old updates, nor of updates without a change", async () => {
    const { mirror, changes } = watched();
    await mirror.apply([
      updated(10),
      updated(5, { isReachable: false }),
      updated(20),
      discovered(30),
    ]);
    await mirror.apply(event("user:vehicle:deleted", 1, { vehicle: vehicle({ id: "unknown" }) }));
    expect(changes.map(({ type }) => type)).toEqual(["added"]);
  });

  it("are notified of changes by a backfill and a reconciliation", async () => {
    let listed = [vehicle()];
    const { mirror } = stubbedWorld({ "/vehicles": () => page(listed, null, dateHeader(50)) });
    const types: string[] = [];
    mirror.devices.watch(({ type, device }) => types.push(`${type} ${device.id}`));
    await mirror.backfill({ kinds: ["vehicle"] });
    listed = [];
    await mirror.reconcile({ kinds: ["vehicle"] });
    expect(types).toEqual(["added v1", "deleted v1"]);
  });

  it("are not notified after they have ended it", async () => {
    const { mirror, changes, end } = watched();
    end();
    await mirror.apply(updated(1));
    expect(changes).toEqual([]);
  });

  it("break nothing when they throw or reject", async () => {
    const { mirror, changes, errors } = watched();
    mirror.devices.watch(() => {
      throw new Error("thrown");
    });
    mirror.devices.watch(() => Promise.reject(new Error("rejected")));
    const last: unknown[] = [];
    mirror.devices.watch((change) => last.push(change));
    await mirror.apply(updated(1));
    await Promise.resolve();
    expect(errors).toMatchObject([{ message: "thrown" }, { message: "rejected" }]);
    expect([changes.length, last.length]).toEqual([1, 1]);
  });

  it("break nothing either when onError does", async () => {
    const { enode, store } = stubbedWorld();
    const { mirror } = mirrorOf(enode, store, {
      onError: () => {
        throw new Error("twice");
      },
    });
    mirror.devices.watch(() => {
      throw new Error("once");
    });
    await mirror.apply(updated(1));
    expect(await mirror.devices.get("v1")).toBeDefined();
  });

  it("must be functions", () => {
    const { mirror } = stubbedWorld();
    // As from JavaScript.
    const callback = "log" as unknown as () => void;
    errorOf(() => mirror.devices.watch(callback), isConfigurationError);
  });

  it("break nothing when the record of their change cannot be read", async () => {
    const { enode, store } = stubbedWorld();
    const whole = store;
    const { mirror, errors } = mirrorOf(
      enode,
      broken(
        "getMany",
        async (...values) => {
          const found = await whole.getMany(...values);
          return found.map((record) => ({ ...record, payload: "{" }));
        },
        whole,
      ),
    );
    mirror.devices.watch(() => undefined);
    await mirror.apply(updated(1));
    await mirror.apply(updated(2, { lastSeen: at(2) }));
    expect(errors).toMatchObject([{ code: "store_failed", method: "getMany" }]);
    expect((await mirror.devices.get("v1"))?.data).toMatchObject({ lastSeen: at(2) });
  });
});
