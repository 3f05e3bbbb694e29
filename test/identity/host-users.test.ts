import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isConfigurationError, isNotFoundError, isStoreError } from "../../src/errors/index.ts";
import type { EnodeOptions } from "../../src/options.ts";
import type { UserLink, UserStore } from "../../src/storage/contracts/index.ts";
import { memoryStorage } from "../../src/storage/memory/index.ts";
import { clientOver, failureOf, unhandledDuring } from "../resources/support/client.ts";
import { hosted, session } from "./support/hosted.ts";
import "../support/lazy-modules.ts";

const anna = "anna@example.com";
const bert = "bert@example.com";
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

afterEach(() => {
  vi.useRealTimers();
});

/** A client whose user store has some methods replaced. */
function withStore(methods: (own: UserStore) => Partial<UserStore>) {
  return hosted({
    storage: (own) => ({ ...own, userStore: { ...own.userStore, ...methods(own.userStore) } }),
  });
}

describe("users.link by the host's own ID", () => {
  it("makes up an ID for Enode, and keeps it", async () => {
    const { enode, storage } = hosted();

    const { linkUrl, linkToken } = await enode.users.link({ hostUserId: anna }, session);

    expect([linkUrl, linkToken]).toEqual([expect.any(String), expect.any(String)]);
    const link = await storage.userStore.get(enode.namespace, anna);
    expect(link).toEqual({
      namespace: enode.namespace,
      hostUserId: anna,
      enodeUserId: expect.stringMatching(uuid),
      createdAt: expect.any(Number),
      erasingSince: undefined,
    });
    expect(await enode.users.resolve(anna)).toBe(link?.enodeUserId);
  });

  it("uses the same ID the next time, and when asked for at the same time", async () => {
    const { enode, sent } = hosted();

    await Promise.all(
      Array.from({ length: 10 }, () => enode.users.link({ hostUserId: anna }, session)),
    );
    await enode.users.link({ hostUserId: anna }, session);

    const paths = sent.map((each) => each.split(" ")[1]).filter((path) => path?.endsWith("/link"));
    expect(paths).toHaveLength(11);
    expect(new Set(paths).size).toBe(1);
    expect((await enode.users.list()).data).toHaveLength(1);
  });

  it("takes the ID that another process has kept since", async () => {
    const { enode, sent } = withStore((own) => ({
      link: (link) => own.link({ ...link, enodeUserId: "theirs" }),
    }));
    await enode.users.link({ hostUserId: anna }, session);
    expect(sent.at(-1)).toMatch(/^POST \/users\/theirs\/link /);
  });

  it("gives the response too", async () => {
    const { enode } = hosted();
    const { data, response } = await enode.users.link({ hostUserId: anna }, session).withResponse();
    expect(data.linkToken).toEqual(expect.any(String));
    expect(response.status).toBe(200);
  });

  it("still takes an ID for Enode as text, and then asks no store", async () => {
    const link = vi.fn();
    const { enode, sent } = withStore(() => ({ link }));
    await enode.users.link("user-1", session);
    expect(sent.at(-1)).toMatch(/^POST \/users\/user-1\/link /);
    expect(link).not.toHaveBeenCalled();
  });

  it("is refused for a user whose erasure has begun, and sends nothing", async () => {
    const { enode, sent, storage } = hosted();
    await enode.users.link({ hostUserId: anna }, session);
    await storage.userStore.beginErasure(enode.namespace, anna, 1);
    sent.length = 0;

    const failure = await failureOf(enode.users.link({ hostUserId: anna }, session));

    expect(isConfigurationError(failure)).toBe(true);
    expect(failure.message).toContain("enode.users.erase()");
    expect(sent).toEqual([]);
  });

  it("brings no user back whose erasure ran at the same time", async () => {
    const { enode, linkCar, storage } = hosted({
      storage: (own) => ({
        ...own,
        userStore: {
          ...own.userStore,
          async link(link) {
            const kept = await own.userStore.link(link);
            // By another process.
            if (erases) await own.userStore.remove(link.namespace, link.hostUserId);
            return kept;
          },
        },
      }),
    });
    let erases = false;
    await linkCar(anna);
    erases = true;

    const failure = await failureOf(enode.users.link({ hostUserId: anna }, session));

    expect(isConfigurationError(failure)).toBe(true);
    expect((await enode.users.list()).data).toEqual([]);
    expect(await storage.userStore.get(enode.namespace, anna)).toBeUndefined();
  });
});

describe("reads by the host's own ID", () => {
  it("give the same as those by the ID at Enode", async () => {
    const { enode, linkCar } = hosted();
    const carId = await linkCar(anna);
    const userId = (await enode.users.resolve(anna)) ?? "";
    const mine = enode.user({ hostUserId: anna });

    expect(await enode.users.get({ hostUserId: anna })).toEqual(await enode.users.get(userId));
    expect(await mine.get()).toEqual(await enode.users.get(userId));
    expect((await mine.vehicles.list()).data.map(({ id }) => id)).toEqual([carId]);
    expect(await mine.vehicles.get(carId)).toMatchObject({ id: carId, userId });
    expect(await mine.vehicles.list().toArray({ limit: 10 })).toHaveLength(1);
    const { data, response } = await enode.users.get({ hostUserId: anna }).withResponse();
    expect([data.id, response.status]).toEqual([userId, 200]);
  });

  it("give a way to do all else, too", async () => {
    const { enode, linkCar, sent } = hosted();
    const carId = await linkCar(anna);
    const mine = enode.user({ hostUserId: anna });

    const action = await mine.vehicles.startCharging(carId);
    expect(action.targetId).toBe(carId);
    await mine.link(session);
    await mine.deauthorize();

    const userId = await enode.users.resolve(anna);
    expect(sent.at(-1)).toMatch(new RegExp(`^DELETE /users/${userId}/authorization `));
  });

  it("name the user where an address does", async () => {
    const asked: string[] = [];
    const storage = memoryStorage();
    const enode = clientOver(
      async (request) => {
        asked.push(`${request.method} ${new URL(request.url).pathname}`);
        // Statistics are a list, the others a page or a record.
        const isList = request.url.includes("/statistics/");
        return Response.json(isList ? [] : { data: [], pagination: {} });
      },
      { clientId: "client-1", storage },
    );
    const link = {
      hostUserId: anna,
      enodeUserId: "enode-1",
      createdAt: 1,
      erasingSince: undefined,
    };
    await storage.userStore.link({ namespace: enode.namespace, ...link });
    const mine = enode.user({ hostUserId: anna });

    await mine.schedules.list();
    await mine.statistics.charging({ type: "vehicle", startDate: "2026-01-01", resolution: "DAY" });
    await mine.locations.create({
      name: "Home",
      latitude: 1,
      longitude: 2,
      timezoneName: "Europe/Oslo",
    });
    await mine.disconnectVendor("TESLA", "vehicle");
    await mine.delete();

    expect(asked).toEqual([
      "GET /users/enode-1/schedules",
      "GET /users/enode-1/statistics/charging",
      "POST /users/enode-1/locations",
      "DELETE /users/enode-1/vendors/TESLA/vehicle",
      "DELETE /users/enode-1",
    ]);
  });

  it("ask the store for each call of a scope, and not before the first one", async () => {
    const get = vi.fn();
    const { enode, linkCar } = withStore((own) => ({
      async get(...given) {
        get();
        return own.get(...given);
      },
    }));
    const carId = await linkCar(anna);
    get.mockClear();
    const mine = enode.user({ hostUserId: anna });
    expect(get).not.toHaveBeenCalled();

    await mine.vehicles.get(carId);
    await mine.vehicles.list();

    expect(get).toHaveBeenCalledTimes(2);
  });

  it("never meet what is another user's", async () => {
    const { enode, linkCar } = hosted();
    const [annas, berts] = [await linkCar(anna), await linkCar(bert)];
    const scope = enode.user({ hostUserId: anna });

    expect((await scope.vehicles.list()).data.map(({ id }) => id)).toEqual([annas]);
    expect(isNotFoundError(await failureOf(scope.vehicles.get(berts)))).toBe(true);
    expect(isNotFoundError(await failureOf(scope.vehicles.startCharging(berts)))).toBe(true);
    const bertsId = (await enode.users.resolve(bert)) ?? "";
    const list = scope.vehicles.list({ userId: bertsId });
    expect(isNotFoundError(await failureOf(list))).toBe(true);
  });

  it("keep to the namespace of the client", async () => {
    const { enode, storage } = hosted();
    const other = hosted({
      storage: () => storage,
      clientId: "another-client",
    } as Partial<Omit<EnodeOptions, "storage">> & { storage: () => typeof storage });
    await enode.users.link({ hostUserId: anna }, session);

    expect(await other.enode.users.resolve(anna)).toBeUndefined();
    expect(isNotFoundError(await failureOf(other.enode.users.get({ hostUserId: anna })))).toBe(
      true,
    );
    expect(other.sent).toEqual([]);
  });

  it.each([
    ["who has never been linked", false],
    ["whose erasure has begun", true],
  ])("find nothing of a user %s, and send nothing", async (_who, isErasing) => {
    const { enode, sent, storage } = hosted();
    if (isErasing) {
      await enode.users.link({ hostUserId: anna }, session);
      await storage.userStore.beginErasure(enode.namespace, anna, 1);
    }
    sent.length = 0;
    const scope = enode.user({ hostUserId: anna });

    expect(await enode.users.resolve(anna)).toBeUndefined();
    for (const call of [
      failureOf(enode.users.get({ hostUserId: anna })),
      failureOf(scope.get()),
      failureOf(scope.vehicles.list()),
      failureOf(scope.vehicles.get("a-vehicle")),
      failureOf(scope.link(session)),
    ]) {
      expect(await call).toMatchObject({ code: "not_found", status: 404 });
    }
    expect(sent).toEqual([]);
  });

  it("find a user who is linked after the scope was made", async () => {
    const { enode, linkCar } = hosted();
    const scope = enode.user({ hostUserId: anna });
    await failureOf(scope.get());

    const carId = await linkCar(anna);

    expect(await scope.vehicles.get(carId)).toMatchObject({ id: carId });
  });

  it("have no ID at Enode", () => {
    const scope = hosted().enode.user({ hostUserId: anna });
    expect("userId" in scope).toBe(false);
    expect(inspect(scope, { depth: 9, showHidden: true })).not.toContain(anna);
  });
});

describe("the host's own ID of a user", () => {
  it.each([undefined, null, 7, {}, "", "x".repeat(201), "\ud800"])(
    "cannot be %o, and then nothing is asked",
    async (id) => {
      const get = vi.fn();
      const { enode, sent } = withStore(() => ({ get, link: get, beginErasure: get }));
      // What a caller without types can pass.
      const hostUserId = id as string;
      for (const call of [
        failureOf(enode.users.link({ hostUserId }, session)),
        failureOf(enode.users.get({ hostUserId })),
        failureOf(enode.users.resolve(hostUserId)),
        failureOf(enode.users.erase(hostUserId)),
        failureOf(enode.user({ hostUserId }).vehicles.list()),
      ]) {
        expect(await call).toMatchObject({
          name: "ConfigurationError",
          parameter: "hostUserId",
        });
      }
      expect(get).not.toHaveBeenCalled();
      expect(sent).toEqual([]);
    },
  );

  it.each(["'; DROP TABLE users --", "a\0b", "__proto__", "..", "😀", " ", "x".repeat(200)])(
    "can be %j",
    async (hostUserId) => {
      const { enode } = hosted();
      await enode.users.link({ hostUserId }, session);
      expect(await enode.users.resolve(hostUserId)).toMatch(uuid);
      expect(await enode.users.resolve(`${hostUserId} `.slice(-200))).toBeUndefined();
    },
  );

  it("is never sent to Enode, whatever is done", async () => {
    const { enode, linkCar, sent } = hosted();
    const carId = await linkCar(anna);
    const scope = enode.user({ hostUserId: anna });
    await scope.get();
    await scope.vehicles.list();
    await scope.vehicles.startCharging(carId);
    await enode.users.get({ hostUserId: anna });
    await enode.users.erase(anna);
    await enode.users.resumeErasures();

    expect(sent.length).toBeGreaterThan(6);
    expect(decodeURIComponent(sent.join("\n"))).not.toContain("anna");
  });
});

describe("a client without a user store", () => {
  it.each<[string, EnodeOptions["storage"]]>([
    ["no storage", undefined],
    ["a storage without one", { describe: () => "own" }],
  ])("says what is needed, with %s", async (_what, storage) => {
    const fetch = vi.fn();
    const enode = clientOver(fetch, { clientId: "client-1", ...(storage && { storage }) });
    for (const call of [
      failureOf(enode.users.link({ hostUserId: anna }, session)),
      failureOf(enode.users.get({ hostUserId: anna })),
      failureOf(enode.users.resolve(anna)),
      failureOf(enode.users.erase(anna)),
      failureOf(enode.users.resumeErasures()),
      failureOf(enode.user({ hostUserId: anna }).vehicles.list()),
    ]) {
      const failure = await call;
      expect(failure).toMatchObject({ name: "ConfigurationError", parameter: "storage" });
      expect(failure.message).toContain("userStore");
    }
    expect(fetch).not.toHaveBeenCalled();
  });

  it("needs the client ID for its keys, with a tokenProvider", () => {
    const make = () => clientOver(vi.fn(), { storage: memoryStorage() });
    expect(make).toThrow(
      expect.objectContaining({ name: "ConfigurationError", parameter: "clientId" }),
    );
  });
});

describe("a user store that does not work", () => {
  const throwing = () => {
    throw new Error(`duplicate key (host_user_id)=(${anna})`);
  };
  const link: UserLink = {
    namespace: "",
    hostUserId: anna,
    enodeUserId: "theirs",
    createdAt: 1,
    erasingSince: undefined,
  };
  // What a store without types can return.
  const giving = (value: unknown) => async () => value as UserLink;

  it.each<[string, (namespace: string) => () => Promise<UserLink>]>([
    ["throws", () => throwing],
    ["rejects", () => async () => throwing()],
    ["gives text", () => giving("theirs")],
    ["gives a link without an ID", (namespace) => giving({ ...link, namespace, enodeUserId: "" })],
    ["gives another user's link", (namespace) => giving({ ...link, namespace, hostUserId: bert })],
    ["gives a link of another client", () => giving({ ...link, namespace: "production:client" })],
  ])("fails the call, and nothing is sent, when it %s", async (_what, make) => {
    let namespace = "";
    const method = () => make(namespace)();
    const { enode, sent } = withStore(() => ({ link: method, get: method, beginErasure: method }));
    namespace = enode.namespace;

    for (const [call, name] of [
      [failureOf(enode.users.link({ hostUserId: anna }, session)), "link"],
      [failureOf(enode.users.get({ hostUserId: anna })), "get"],
      [failureOf(enode.users.resolve(anna)), "get"],
      [failureOf(enode.users.erase(anna)), "beginErasure"],
      [failureOf(enode.user({ hostUserId: anna }).vehicles.list()), "get"],
    ] as const) {
      const failure = await call;
      expect(isStoreError(failure)).toBe(true);
      expect(failure).toMatchObject({ store: "userStore", method: name });
      expect(failure.message).toContain(`userStore.${name}`);
      expect(inspect(failure, { depth: 9, showHidden: true })).not.toContain("anna");
    }
    expect(sent).toEqual([]);
  });

  it("takes no longer than the deadline of the call when it hangs", async () => {
    const hanging = () => new Promise<never>(() => {});
    const { enode, sent } = withStore(() => ({
      link: hanging,
      get: hanging,
      beginErasure: hanging,
    }));
    const deadline = 20;

    for (const [call, name] of [
      [failureOf(enode.users.link({ hostUserId: anna }, session, { deadline })), "link"],
      [failureOf(enode.users.get({ hostUserId: anna }, { deadline })), "get"],
      [failureOf(enode.users.resolve(anna, { deadline })), "get"],
      [failureOf(enode.users.erase(anna, { deadline })), "beginErasure"],
      [failureOf(enode.user({ hostUserId: anna }).vehicles.list({}, { deadline })), "get"],
    ] as const) {
      const failure = await call;
      expect(failure).toMatchObject({ name: "TimeoutError", code: "deadline_exceeded" });
      expect(failure.message).toContain(`userStore.${name}`);
    }
    expect(sent).toEqual([]);
  });

  it("takes its time from that of the whole call", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const storage = memoryStorage();
    const enode = clientOver(
      () => {
        vi.advanceTimersByTime(1_000);
        return new Promise(() => {});
      },
      {
        clientId: "client-1",
        storage: {
          ...storage,
          userStore: {
            ...storage.userStore,
            async get(namespace, hostUserId) {
              vi.advanceTimersByTime(9_000);
              return { ...link, namespace, hostUserId };
            },
          },
        },
      },
    );

    for (const call of [
      failureOf(enode.users.get({ hostUserId: anna }, { deadline: 10_000 })),
      failureOf(enode.user({ hostUserId: anna }).vehicles.list({}, { deadline: 10_000 })),
    ]) {
      expect(await call).toMatchObject({ code: "deadline_exceeded", attempts: 1 });
    }
  });

  it("is not waited for once the caller has aborted", async () => {
    const controller = new AbortController();
    const { enode } = withStore(() => ({ get: () => new Promise<never>(() => {}) }));
    const call = failureOf(enode.users.resolve(anna, { signal: controller.signal }));
    controller.abort();
    expect(await call).toMatchObject({ name: "AbortError" });
  });

  it("leaves no failure unhandled", async () => {
    const { enode } = withStore(() => ({ get: async () => throwing() }));
    const unhandled = await unhandledDuring(async () => {
      await failureOf(enode.users.get({ hostUserId: anna }));
      await failureOf(enode.user({ hostUserId: anna }).get());
    });
    expect(unhandled).toEqual([]);
  });
});
