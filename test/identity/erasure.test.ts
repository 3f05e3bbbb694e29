import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isStoreError } from "../../src/errors/index.ts";
import type { ActivityEntry, DeviceRecord, Storage } from "../../src/storage/contracts/index.ts";
import type { MemoryStorage } from "../../src/storage/memory/index.ts";
import { failureOf } from "../resources/support/client.ts";
import { type Hosted, hosted, recordOf, session } from "./support/hosted.ts";
import "../support/lazy-modules.ts";

const anna = "anna@example.com";
const bert = "bert@example.com";
const hour = 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

/** Keeps something in all stores that is of one user, as a mirror, a receiver and a log would. */
async function fill({ enode, storage }: Hosted, hostUserId: string): Promise<string> {
  const { namespace } = enode;
  const userId = (await enode.users.resolve(hostUserId)) ?? "";
  const record = (fields: Partial<DeviceRecord> & Pick<DeviceRecord, "collection" | "id">) =>
    recordOf(namespace, { userId, ...fields });
  await storage.deviceStore.upsert([
    record({ collection: "users", id: userId, kind: "user" }),
    record({ collection: "devices", id: `car-of-${hostUserId}` }),
    record({ collection: "devices", id: `old-car-of-${hostUserId}`, payload: null }),
    record({ collection: "actions", id: `action-of-${hostUserId}` }),
  ]);
  const payload = JSON.stringify({ event: "user:vehicle:updated", user: { id: userId } });
  for (const [of, digest] of [
    [namespace, `1-${hostUserId}`],
    [namespace, `2-${hostUserId}`],
    ["default", `3-${hostUserId}`],
  ] as const) {
    const events = [{ index: 0, lane: null, payload }];
    const delivery = { namespace: of, digest, deliveryId: undefined, receivedAt: 1, events };
    await storage.eventStore.append(delivery);
  }
  const none = { userId: null, deviceId: null, actionId: null };
  const entry = (about: Partial<ActivityEntry>): ActivityEntry => {
    return { namespace, at: 1, type: "call", name: "getVehicle", details: "{}", ...none, ...about };
  };
  await storage.activityLog.record([
    entry({ userId }),
    entry({ deviceId: `car-of-${hostUserId}` }),
    entry({ deviceId: `old-car-of-${hostUserId}` }),
    entry({ actionId: `action-of-${hostUserId}` }),
  ]);
  const reading = { userId, deviceId: `meter-of-${hostUserId}`, kind: "meter", metric: "power" };
  await storage.readingStore.append(namespace, [
    { ...reading, at: 1, value: 5, observedAt: 1 },
    { ...reading, at: 2, value: 6, observedAt: 2 },
  ]);
  return userId;
}

/** All that is kept about users, in one text. */
async function all({ enode, storage }: Hosted): Promise<string> {
  const { namespace } = enode;
  const { deviceStore, eventStore, activityLog, readingStore, userStore } = storage;
  const records = await Promise.all(
    (["devices", "actions", "users"] as const).map((collection) =>
      deviceStore.list(namespace, { collection, includeDeleted: true, limit: 1_000 }),
    ),
  );
  const lists = [
    ...records,
    await activityLog.list(namespace, { limit: 1_000 }),
    await readingStore.series(namespace, { deviceId: `meter-of-${anna}` }),
    await readingStore.series(namespace, { deviceId: `meter-of-${bert}` }),
    await userStore.listErasing(namespace, 1_000),
    (await enode.users.list()).data,
    // Events cannot be listed, but taken.
    await eventStore.claim(1_000, 1, namespace),
    await eventStore.claim(1_000, 1),
  ];
  return JSON.stringify(lists);
}

/** The two users, with a car each and something in all stores. */
async function twoUsers(storage?: (own: MemoryStorage) => Storage) {
  const home = hosted(storage && { storage });
  await home.linkCar(anna);
  await home.linkCar(bert);
  const [annasId, bertsId] = [await fill(home, anna), await fill(home, bert)];
  home.sent.length = 0;
  return { ...home, annasId, bertsId };
}

describe("users.erase", () => {
  it("deletes a user at Enode and in all stores, and reports how much", async () => {
    const home = await twoUsers();
    const { enode, sent, storage, annasId } = home;

    expect(await enode.users.erase(anna)).toEqual({
      userId: annasId,
      deletedAtEnode: true,
      records: 3,
      events: 3,
      activities: 4,
      readings: 2,
      skipped: [],
    });

    expect(sent.map((each) => each.split(" ").slice(0, 2))).toEqual([
      ["DELETE", `/users/${annasId}`],
    ]);
    for (const [namespace, left] of [
      [enode.namespace, 2],
      ["default", 1],
    ] as const) {
      const events = await storage.eventStore.claim(1_000, 1, namespace);
      expect(events).toHaveLength(left);
      expect(JSON.stringify(events)).not.toContain(annasId);
    }
    expect(await all(home)).not.toContain("anna");
    expect(await enode.users.resolve(anna)).toBeUndefined();
  });

  it("leaves what is another user's", async () => {
    const home = await twoUsers();
    const { enode, bertsId } = home;
    await enode.users.erase(anna);

    const left = await all(home);

    for (const each of [`"car-of-${bert}`, `"old-car-of-${bert}`, `"action-of-${bert}`]) {
      // As a record, and in the log.
      expect(left.split(each).length - 1).toBe(2);
    }
    expect(left).toContain(`"meter-of-${bert}`);
    expect((await enode.user({ hostUserId: bert }).vehicles.list()).data).toHaveLength(1);
    expect(await enode.users.erase(bert)).toMatchObject({
      userId: bertsId,
      records: 3,
      events: 3,
      activities: 4,
      readings: 2,
    });
  });

  it.each([200, 502])(
    "reports no deletion that a proxy has answered with %i and a page",
    async (status) => {
      let answer: (request: Request) => Response | undefined = () => undefined;
      const home = hosted({
        fetch: async (request) => answer(request) ?? home.sandbox.fetch(request),
      });
      await home.linkCar(anna);
      const proxy = { status, headers: { "content-type": "text/html" } };
      answer = ({ method }) =>
        method === "DELETE" ? new Response("<p>Log in first</p>", proxy) : undefined;
      await expect(home.enode.users.erase(anna)).rejects.toThrow();
      const [link] = await home.storage.userStore.listErasing(home.enode.namespace, 9);
      expect(link).toMatchObject({ hostUserId: anna });
      answer = () => undefined;
      expect(await home.enode.users.resumeErasures()).toMatchObject([{ deletedAtEnode: true }]);
      expect(await home.storage.userStore.listErasing(home.enode.namespace, 9)).toEqual([]);
    },
  );

  it("leaves a tombstone, so that updates in flight bring nothing back", async () => {
    const { enode, storage, annasId } = await twoUsers();
    const from = Date.now();
    await enode.users.erase(anna);

    const mark = await storage.deviceStore.get(enode.namespace, "users", annasId);

    expect(mark).toMatchObject({ payload: null, source: "erase", partial: false, vendor: null });
    expect(mark?.observedAt).toBeGreaterThanOrEqual(from);
    const late = recordOf(enode.namespace, {
      collection: "users",
      id: annasId,
      userId: annasId,
      // As far as a clock may be ahead, and longer than any update is in flight.
      observedAt: from + hour,
    });
    expect(await storage.deviceStore.upsert([late])).toEqual(["kept"]);
  });

  it("leaves it even where Enode's clock is ahead", async () => {
    const { enode, storage, annasId } = await twoUsers();
    const ahead = recordOf(enode.namespace, {
      collection: "users",
      id: annasId,
      userId: annasId,
      observedAt: Date.now() + 48 * hour,
    });
    await storage.deviceStore.upsert([ahead]);

    await enode.users.erase(anna);

    const mark = await storage.deviceStore.get(enode.namespace, "users", annasId);
    expect(mark).toMatchObject({ payload: null, observedAt: ahead.observedAt });
  });

  it("erases all of a user with thousands of devices", async () => {
    const home = await twoUsers();
    const { enode, storage, annasId } = home;
    const { namespace } = enode;
    const ids = Array.from({ length: 1_700 }, (_, index) => `many-${index}`);
    for (let at = 0; at < ids.length; at += 1_000) {
      const part = ids.slice(at, at + 1_000);
      await storage.deviceStore.upsert(
        part.map((id) => recordOf(namespace, { collection: "devices", id, userId: annasId })),
      );
      await storage.activityLog.record(
        part.map((deviceId) => ({
          ...{ namespace, at: 2, type: "event", name: "user:vehicle:updated", details: "{}" },
          ...{ userId: null, deviceId, actionId: null },
        })),
      );
    }

    expect(await enode.users.erase(anna)).toMatchObject({ records: 1_703, activities: 1_704 });

    expect(await all(home)).not.toContain("many-");
  });

  it("is no error for a user that the store does not know, or not any more", async () => {
    const { enode, sent } = await twoUsers();
    const nothing = {
      userId: undefined,
      deletedAtEnode: false,
      records: 0,
      events: 0,
      activities: 0,
      readings: 0,
      skipped: [],
    };

    expect(await enode.users.erase("nobody")).toEqual(nothing);
    expect(sent).toEqual([]);
    await enode.users.erase(anna);
    expect(await enode.users.erase(anna)).toEqual(nothing);
  });

  it("continues when the user is deleted at Enode", async () => {
    const home = await twoUsers();
    await home.enode.users.delete(home.annasId);

    expect(await home.enode.users.erase(anna)).toMatchObject({ deletedAtEnode: false, records: 3 });
    expect(await all(home)).not.toContain("anna");
  });

  it.each(["deviceStore", "eventStore", "activityLog", "readingStore"] as const)(
    "says so when there is no %s",
    async (name) => {
      const { enode } = await twoUsers((own) => ({ ...own, [name]: undefined }));

      const report = await enode.users.erase(anna);

      expect(report.skipped).toEqual([name]);
      expect([report.records, report.events, report.activities, report.readings]).toEqual([
        name === "deviceStore" ? 0 : 3,
        name === "eventStore" ? 0 : 3,
        // Without the records, which devices and actions were the user's is not known.
        { deviceStore: 1, eventStore: 4, activityLog: 0, readingStore: 4 }[name],
        name === "readingStore" ? 0 : 2,
      ]);
    },
  );

  it("makes the next link a new user at Enode", async () => {
    const { enode, linkCar, annasId } = await twoUsers();
    await enode.users.erase(anna);

    await linkCar(anna);

    expect(await enode.users.resolve(anna)).not.toBe(annasId);
    expect((await enode.user({ hostUserId: anna }).vehicles.list()).data).toHaveLength(1);
  });

  it("may run several times at once", async () => {
    const home = await twoUsers();
    const reports = await Promise.all([1, 2, 3].map(() => home.enode.users.erase(anna)));
    expect(reports.filter(({ deletedAtEnode }) => deletedAtEnode)).toHaveLength(1);
    expect(await all(home)).not.toContain("anna");
  });
});

/** Each step at which an erasure can fail in a store, in their order. */
const steps = [
  ["userStore", "beginErasure"],
  ["deviceStore", "listByUser"],
  ["activityLog", "erase"],
  ["eventStore", "erase"],
  ["readingStore", "erase"],
  ["deviceStore", "get"],
  ["deviceStore", "upsert"],
  ["deviceStore", "remove"],
  ["userStore", "remove"],
] as const;

type Step = readonly [store: (typeof steps)[number][0], method: string];

/** Two users, and a store of which one method does something else as long as `left` is above 0. */
async function failingAt([name, method]: Step, fail: (use: () => unknown) => unknown, left = 1) {
  const state = { left };
  return twoUsers((own) => {
    // By its names, as each of the stores has other methods.
    const store = own[name] as unknown as Record<string, (...given: unknown[]) => unknown>;
    const bad = async (...given: unknown[]) => {
      const use = () => store[method]?.(...given);
      return state.left-- > 0 ? fail(use) : use();
    };
    return { ...own, [name]: { ...store, [method]: bad } };
  });
}

const breaking = () => {
  throw new Error(`no connection: ${anna}`);
};

describe.each(steps)("an erasure that fails at %s.%s", (...step) => {
  const [store, method] = step;
  const isLast = store === "userStore" && method === "remove";

  it.each([
    ["before it was done", breaking],
    [
      "after it was done",
      async (use: () => unknown) => {
        await use();
        breaking();
      },
    ],
  ])("is finished by the next call, %s", async (when, fail) => {
    const home = await failingAt(step, fail);
    const { enode, annasId } = home;

    const failure = await failureOf(enode.users.erase(anna));

    expect(isStoreError(failure)).toBe(true);
    expect(failure).toMatchObject({ store, method });
    expect(failure.message).toContain(`${store}.${method}`);
    expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain("anna");
    const { userId } = await enode.users.erase(anna);
    expect(userId).toBe(isLast && when.startsWith("after") ? undefined : annasId);
    const left = await all(home);
    expect(left).not.toContain("anna");
    expect(left).not.toContain(`"id":"car-of-${anna}`);
    expect(left.split(bert).length).toBeGreaterThan(3);
  });

  it("ends with the deadline of the call when the store hangs", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const { enode } = await failingAt(step, () => {
      vi.advanceTimersByTime(10_000);
      return new Promise(() => {});
    });

    const failure = await failureOf(enode.users.erase(anna, { deadline: 10_000 }));

    expect(failure).toMatchObject({ name: "TimeoutError", code: "deadline_exceeded" });
    expect(failure.message).toContain(`${store}.${method}`);
    expect(inspect(failure, { depth: 9 })).not.toContain("anna");
  });
});

describe("an erasure that fails half-way", () => {
  it("at Enode fails as any call does, and is finished by the next one", async () => {
    const home = await twoUsers();
    const { enode, sandbox, storage } = home;
    sandbox.faults.next({ operation: "deleteUser", status: 503 });

    expect(await failureOf(enode.users.erase(anna))).toMatchObject({
      name: "ServerError",
      operation: "deleteUser",
      status: 503,
    });
    expect(await storage.userStore.listErasing(enode.namespace, 10)).toHaveLength(1);

    expect(await enode.users.erase(anna)).toMatchObject({ records: 3, events: 3, activities: 4 });
    expect(await all(home)).not.toContain("anna");
  });

  it("leaves the user out of reach", async () => {
    const { enode } = await failingAt(["activityLog", "erase"], breaking);
    await failureOf(enode.users.erase(anna));

    expect(await enode.users.resolve(anna)).toBeUndefined();
    expect(await failureOf(enode.user({ hostUserId: anna }).vehicles.list())).toMatchObject({
      code: "not_found",
    });
    expect(await failureOf(enode.users.link({ hostUserId: anna }, session))).toMatchObject({
      code: "invalid_argument",
      parameter: "hostUserId",
    });
  });

  it("stops when it is aborted", async () => {
    const controller = new AbortController();
    const home = await failingAt(["eventStore", "erase"], () => {
      controller.abort();
      return new Promise(() => {});
    });
    const failure = await failureOf(home.enode.users.erase(anna, { signal: controller.signal }));
    expect(failure.name).toBe("AbortError");
    await home.enode.users.erase(anna);
    expect(await all(home)).not.toContain("anna");
  });
});

describe("a store that lies to an erasure", () => {
  const bertsCar = recordOf("sandbox:x", { collection: "devices", id: "car", userId: "bert" });

  it.each<[string, Step, unknown]>([
    ["gives no number of events", ["eventStore", "erase"], undefined],
    ["gives a negative number of entries", ["activityLog", "erase"], -1],
    ["gives no number of readings", ["readingStore", "erase"], undefined],
    ["gives text for a number of records", ["deviceStore", "remove"], "3"],
    ["gives no list of records", ["deviceStore", "listByUser"], undefined],
    ["gives records of somebody else", ["deviceStore", "listByUser"], [bertsCar]],
    ["gives records that are none", ["deviceStore", "listByUser"], [null]],
    ["keeps what it had in place of the mark", ["deviceStore", "upsert"], ["kept"]],
    ["does not tell what became of the mark", ["deviceStore", "upsert"], undefined],
  ])("fails it when it %s", async (_what, step, answer) => {
    const { enode } = await failingAt(step, () => answer);
    const failure = await failureOf(enode.users.erase(anna));
    expect(failure).toMatchObject({ name: "StoreError", store: step[0], method: step[1] });
    expect(await enode.users.erase(anna)).toHaveProperty("userId");
  });

  it("does not keep it busy for ever with the same records", async () => {
    let calls = 0;
    let first: unknown;
    const again = async (use: () => unknown) => {
      calls++;
      first ??= await use();
      return first;
    };
    const { enode } = await failingAt(["deviceStore", "listByUser"], again, 100);

    expect(await failureOf(enode.users.erase(anna))).toMatchObject({
      name: "StoreError",
      method: "listByUser",
    });
    expect(calls).toBe(2);
  });
});

describe("users.resumeErasures", () => {
  it("finishes all that failed half-way, and nothing else", async () => {
    const home = await failingAt(["activityLog", "erase"], breaking, 2);
    const { enode, linkCar, annasId, bertsId } = home;
    await linkCar("carl");
    await failureOf(enode.users.erase(anna));
    await failureOf(enode.users.erase(bert));

    const reports = await enode.users.resumeErasures();

    expect(reports.map(({ userId }) => userId).sort()).toEqual([annasId, bertsId].sort());
    const left = await all(home);
    expect(left).not.toContain("anna");
    expect(left).not.toContain("bert");
    expect((await enode.user({ hostUserId: "carl" }).vehicles.list()).data).toHaveLength(1);
    expect(await enode.users.resumeErasures()).toEqual([]);
  });

  it("does the others when one fails again, and then throws its error", async () => {
    const home = await failingAt(["activityLog", "erase"], breaking, 3);
    const { enode, storage, annasId } = home;
    await failureOf(enode.users.erase(anna));
    await failureOf(enode.users.erase(bert));

    const failure = await failureOf(enode.users.resumeErasures());

    expect(failure).toMatchObject({ name: "StoreError", store: "activityLog" });
    const left = await storage.userStore.listErasing(enode.namespace, 10);
    expect(left.map(({ enodeUserId }) => enodeUserId)).toEqual([annasId]);
    expect(await enode.users.resumeErasures()).toHaveLength(1);
  });

  it("does more than fit in one list", async () => {
    const { enode, storage } = hosted();
    const { namespace } = enode;
    for (let index = 0; index < 1_100; index++) {
      const ids = { hostUserId: `host-${index}`, enodeUserId: `enode-${index}` };
      await storage.userStore.link({ namespace, ...ids, createdAt: 1, erasingSince: 1 });
    }
    expect(await enode.users.resumeErasures({ deadline: 60_000 })).toHaveLength(1_100);
  });

  it("comes to the last one, however many fail before it", async () => {
    const storageOf = (own: MemoryStorage): Storage => {
      const { activityLog } = own;
      const erase: typeof activityLog.erase = async (namespace, ids) => {
        if (!ids.includes("enode-last")) breaking();
        return activityLog.erase(namespace, ids);
      };
      return { ...own, activityLog: { ...activityLog, erase } };
    };
    const { enode, storage } = hosted({ storage: storageOf });
    const { namespace } = enode;
    const begin = async (id: string, erasingSince: number) => {
      const ids = { hostUserId: `host-${id}`, enodeUserId: `enode-${id}` };
      await storage.userStore.link({ namespace, ...ids, createdAt: 1, erasingSince });
    };
    for (let index = 0; index < 500; index++) await begin(String(index), 1);
    await begin("last", 2);

    const failure = await failureOf(enode.users.resumeErasures({ deadline: 60_000 }));

    expect(failure).toMatchObject({ name: "StoreError", store: "activityLog" });
    expect(await storage.userStore.get(namespace, "host-last")).toBeUndefined();
    expect(await storage.userStore.listErasing(namespace, 1_000)).toHaveLength(500);
  });

  it("does not begin another one when its time is over", async () => {
    const controller = new AbortController();
    let calls = 0;
    const { enode, sent } = await failingAt(
      ["activityLog", "erase"],
      () => {
        calls++;
        if (calls === 3) controller.abort();
        breaking();
      },
      3,
    );
    await failureOf(enode.users.erase(anna));
    await failureOf(enode.users.erase(bert));
    sent.length = 0;
    const failure = await failureOf(enode.users.resumeErasures({ signal: controller.signal }));
    expect(failure.name).toBe("AbortError");
    expect(sent).toHaveLength(1);
  });

  it.each([undefined, [null], [{}], [{ namespace: "production:other", hostUserId: anna }]])(
    "refuses %o for a list of erasures",
    async (list) => {
      const { enode, sent } = await failingAt(["userStore", "listErasing"], () => list);
      expect(await failureOf(enode.users.resumeErasures())).toMatchObject({
        name: "StoreError",
        store: "userStore",
        method: "listErasing",
      });
      expect(sent).toEqual([]);
    },
  );
});
