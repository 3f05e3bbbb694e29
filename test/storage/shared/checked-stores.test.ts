import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isConfigurationError } from "../../../src/errors/index.ts";
import { safeReason } from "../../../src/shared/store-reason.ts";
import type { DeviceRecord } from "../../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../../src/storage/memory/index.ts";
import { type PostgresStorage, postgresStorage } from "../../../src/storage/postgres/index.ts";
import { withPostgres } from "../../support/services.ts";
import { SqliteFiles } from "../support/sqlite-files.ts";

type Stores = Pick<
  PostgresStorage,
  "tokenStore" | "userStore" | "deviceStore" | "eventStore" | "activityLog"
>;
/** By the name of what is lost. */
type Call = [
  parameter: string,
  method: string,
  call: (stores: Stores, lost: never) => Promise<unknown>,
];

const ns = "production:client";
const query = { collection: "devices", limit: 10 } as const;
const record: DeviceRecord = {
  namespace: ns,
  collection: "devices",
  id: "d",
  kind: "vehicle",
  userId: "u",
  vendor: "TESLA",
  identity: null,
  payload: "{}",
  partial: false,
  observedAt: 1,
  receivedAt: 1,
  source: "webhook",
};
const link = {
  namespace: ns,
  hostUserId: "h",
  enodeUserId: "u",
  createdAt: 1,
  erasingSince: undefined,
};
const entry = {
  namespace: ns,
  at: 1,
  type: "event",
  name: "n",
  userId: "u",
  deviceId: "d",
  actionId: "a",
  details: "{}",
};
const delivery = { namespace: ns, digest: "x", deliveryId: undefined, receivedAt: 1, events: [] };

const calls: readonly Call[] = [
  ["key", "tokenStore.get", ({ tokenStore }, lost) => tokenStore.get(lost)],
  ["key", "tokenStore.set", ({ tokenStore }, lost) => tokenStore.set(lost, "t", { expiresAt: 1 })],
  ["key", "tokenStore.delete", ({ tokenStore }, lost) => tokenStore.delete(lost)],
  ["key", "tokenStore.lease", async ({ tokenStore }, lost) => tokenStore.lease?.(lost, 1)],
  ...(["namespace", "hostUserId", "enodeUserId"] as const).map(
    (name): Call => [
      name,
      "userStore.link",
      ({ userStore }, lost) => userStore.link({ ...link, [name]: lost }),
    ],
  ),
  ["namespace", "userStore.get", ({ userStore }, lost) => userStore.get(lost, "h")],
  ["hostUserId", "userStore.get", ({ userStore }, lost) => userStore.get(ns, lost)],
  [
    "namespace",
    "userStore.getByEnodeUserId",
    ({ userStore }, lost) => userStore.getByEnodeUserId(lost, "u"),
  ],
  [
    "enodeUserId",
    "userStore.getByEnodeUserId",
    ({ userStore }, lost) => userStore.getByEnodeUserId(ns, lost),
  ],
  [
    "namespace",
    "userStore.beginErasure",
    ({ userStore }, lost) => userStore.beginErasure(lost, "h", 1),
  ],
  [
    "hostUserId",
    "userStore.beginErasure",
    ({ userStore }, lost) => userStore.beginErasure(ns, lost, 1),
  ],
  ["namespace", "userStore.listErasing", ({ userStore }, lost) => userStore.listErasing(lost, 1)],
  ["limit", "userStore.listErasing", ({ userStore }, lost) => userStore.listErasing(ns, lost)],
  ["namespace", "userStore.remove", ({ userStore }, lost) => userStore.remove(lost, "h")],
  ["hostUserId", "userStore.remove", ({ userStore }, lost) => userStore.remove(ns, lost)],
  ...(["namespace", "collection", "id"] as const).map(
    (name): Call => [
      name,
      "deviceStore.upsert",
      ({ deviceStore }, lost) => deviceStore.upsert([{ ...record, [name]: lost }]),
    ],
  ),
  [
    "namespace",
    "deviceStore.get",
    ({ deviceStore }, lost) => deviceStore.get(lost, "devices", "d"),
  ],
  ["collection", "deviceStore.get", ({ deviceStore }, lost) => deviceStore.get(ns, lost, "d")],
  ["id", "deviceStore.get", ({ deviceStore }, lost) => deviceStore.get(ns, "devices", lost)],
  [
    "namespace",
    "deviceStore.getMany",
    ({ deviceStore }, lost) => deviceStore.getMany(lost, "devices", ["d"]),
  ],
  [
    "collection",
    "deviceStore.getMany",
    ({ deviceStore }, lost) => deviceStore.getMany(ns, lost, ["d"]),
  ],
  [
    "ids",
    "deviceStore.getMany",
    ({ deviceStore }, lost) => deviceStore.getMany(ns, "devices", lost),
  ],
  ["namespace", "deviceStore.list", ({ deviceStore }, lost) => deviceStore.list(lost, query)],
  ...(["collection", "kind", "vendor", "observedBefore", "limit"] as const).flatMap(
    (name): Call[] => [
      [
        name,
        "deviceStore.list",
        ({ deviceStore }, lost) => deviceStore.list(ns, { ...query, [name]: lost }),
      ],
      [
        name,
        "deviceStore.listByUser",
        ({ deviceStore }, lost) => deviceStore.listByUser(ns, "u", { ...query, [name]: lost }),
      ],
    ],
  ),
  [
    "namespace",
    "deviceStore.listByUser",
    ({ deviceStore }, lost) => deviceStore.listByUser(lost, "u", query),
  ],
  [
    "userId",
    "deviceStore.listByUser",
    ({ deviceStore }, lost) => deviceStore.listByUser(ns, lost, query),
  ],
  [
    "namespace",
    "deviceStore.remove",
    ({ deviceStore }, lost) => deviceStore.remove(lost, { userId: "u" }),
  ],
  ...(["collection", "ids", "userId", "deletedBefore"] as const).map(
    (name): Call => [
      name,
      "deviceStore.remove",
      ({ deviceStore }, lost) =>
        deviceStore.remove(ns, { collection: "devices", ids: ["d"], [name]: lost }),
    ],
  ),
  [
    "namespace",
    "deviceStore.findDuplicates",
    ({ deviceStore }, lost) => deviceStore.findDuplicates(lost, 1),
  ],
  [
    "limit",
    "deviceStore.findDuplicates",
    ({ deviceStore }, lost) => deviceStore.findDuplicates(ns, lost),
  ],
  ...(["namespace", "digest"] as const).map(
    (name): Call => [
      name,
      "eventStore.append",
      ({ eventStore }, lost) => eventStore.append({ ...delivery, [name]: lost }),
    ],
  ),
  ["limit", "eventStore.claim", ({ eventStore }, lost) => eventStore.claim(lost, 1, ns)],
  ["namespace", "eventStore.claim", ({ eventStore }, lost) => eventStore.claim(1, 1, lost)],
  [
    "namespace",
    "eventStore.deadLetters",
    ({ eventStore }, lost) => eventStore.deadLetters(1, lost),
  ],
  ["ids", "eventStore.revive", ({ eventStore }, lost) => eventStore.revive(lost, ns)],
  ["namespace", "eventStore.revive", ({ eventStore }, lost) => eventStore.revive(["1"], lost)],
  ["before", "eventStore.prune", ({ eventStore }, lost) => eventStore.prune(lost, ns)],
  ["namespace", "eventStore.prune", ({ eventStore }, lost) => eventStore.prune(9, lost)],
  ["userId", "eventStore.erase", ({ eventStore }, lost) => eventStore.erase(lost, ns)],
  ["namespace", "eventStore.erase", ({ eventStore }, lost) => eventStore.erase("u", lost)],
  [
    "namespace",
    "activityLog.record",
    ({ activityLog }, lost) => activityLog.record([{ ...entry, namespace: lost }]),
  ],
  [
    "namespace",
    "activityLog.list",
    ({ activityLog }, lost) => activityLog.list(lost, { limit: 9 }),
  ],
  ...(["userId", "deviceId", "actionId", "from", "to", "limit"] as const).map(
    (name): Call => [
      name,
      "activityLog.list",
      ({ activityLog }, lost) => activityLog.list(ns, { limit: 9, [name]: lost }),
    ],
  ),
  ["namespace", "activityLog.prune", ({ activityLog }, lost) => activityLog.prune(lost, 9)],
  ["before", "activityLog.prune", ({ activityLog }, lost) => activityLog.prune(ns, lost)],
  ["namespace", "activityLog.erase", ({ activityLog }, lost) => activityLog.erase(lost, ["u"])],
  ["ids", "activityLog.erase", ({ activityLog }, lost) => activityLog.erase(ns, lost)],
];

/** Everything that is in the stores of a storage. */
async function contentOf({ userStore, deviceStore, activityLog }: Stores): Promise<unknown> {
  return [
    await userStore.get(ns, "h"),
    await deviceStore.list(ns, query),
    await activityLog.list(ns, { limit: 9 }),
  ];
}

/** Expects one storage to refuse every lost value by the name of what was lost, and to leave all as it was. */
function refusesLostValues(storageOf: () => Stores): void {
  it.each(calls)("%s is refused by %s when its value is lost", async (parameter, _method, call) => {
    const stores = storageOf();
    await stores.userStore.link(link);
    await stores.deviceStore.upsert([record]);
    await stores.activityLog.prune(ns, 9_000);
    await stores.activityLog.record([entry]);
    const before = await contentOf(stores);

    for (const lost of [undefined, null, ""]) {
      const error: unknown = await call(stores, lost as never).then(
        (answer) => expect.unreachable(`${String(lost)} gave ${JSON.stringify(answer)}`),
        (reason) => reason,
      );
      expect(isConfigurationError(error)).toBe(true);
      expect(error).toMatchObject({ code: "invalid_argument", parameter });
      expect(safeReason(error)).toMatch(new RegExp(`^${parameter} must be `));
    }

    expect(await contentOf(stores)).toEqual(before);
  });

  it.each([
    ["list", (stores: Stores, more: object) => stores.deviceStore.list(ns, { ...query, ...more })],
    [
      "listByUser",
      (stores: Stores, more: object) =>
        stores.deviceStore.listByUser(ns, "u", { ...query, ...more }),
    ],
    [
      "remove",
      (stores: Stores, more: object) =>
        stores.deviceStore.remove(ns, { collection: "devices", ...more }),
    ],
    [
      "activity list",
      (stores: Stores, more: object) => stores.activityLog.list(ns, { limit: 9, ...more }),
    ],
  ])("a condition with a name that does not exist is refused by %s", async (_name, call) => {
    const error: unknown = await call(storageOf(), { usrId: "u" }).catch((reason) => reason);
    expect(isConfigurationError(error)).toBe(true);
    expect(safeReason(error)).toContain('has no option "usrId"');
  });

  it("a namespace that is left out is the default one", async () => {
    const { eventStore } = storageOf();
    const events = [{ index: 0, lane: null, payload: "{}" }];
    await eventStore.append({ ...delivery, namespace: "default", digest: "left out", events });
    const [event] = await eventStore.claim(1, 1_000);
    if (event) await eventStore.fail(event, "no");
    expect(await eventStore.deadLetters()).toMatchObject([{ digest: "left out" }]);
    expect(await eventStore.deadLetters(undefined, ns)).toEqual([]);
    expect(await eventStore.prune(9_000)).toBe(1);
  });
}

describe("in memory", () => {
  refusesLostValues(() => memoryStorage());
});

describe("in an SQLite file", () => {
  const files = new SqliteFiles();
  let stores: Stores | undefined;
  afterAll(() => files.clear());
  refusesLostValues(() => {
    stores ??= files.open(files.path());
    return stores;
  });
});

withPostgres("in PostgreSQL", (postgres) => {
  const storage = postgresStorage({ pool: postgres.pool() });
  beforeAll(() => storage.migrate());
  refusesLostValues(() => storage);
});
