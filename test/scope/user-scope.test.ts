import { inspect } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Enode, EnodeOptions, UserScope } from "../../src/index.ts";
import { clientOver, failureOf, hang, unhandledDuring } from "../resources/support/client.ts";
import { methodsOf } from "../resources/support/methods.ts";
import { settled } from "../support/clock.ts";
import { lists, naming, ofUser, others, reads } from "./support/scope-methods.ts";
import { ids, me, other, type TwoHomes, twoHomes } from "./support/two-homes.ts";

afterEach(() => {
  vi.useRealTimers();
});

function home(options: Partial<EnodeOptions> = {}): {
  scope: UserScope;
  enode: Enode;
  api: TwoHomes;
} {
  const api = twoHomes();
  const enode = clientOver(api.fetch, options);
  return { api, enode, scope: enode.user(me) };
}

/** All that an error shows, without the lines of our own code in its stack. */
function looksOf(error: Error) {
  return {
    json: JSON.stringify(error),
    text: String(error),
    fields: { ...error },
    own: Object.getOwnPropertyNames(error).sort(),
    cause: error.cause,
    inspected: inspect(error, { depth: 12 })
      .split("\n")
      .filter((line) => !line.trimStart().startsWith("at ")),
  };
}

const onlyReads = (api: TwoHomes) =>
  expect(api.asked.filter((each) => !each.startsWith("GET "))).toEqual([]);

describe("enode.user", () => {
  it.each(["", " ", ".", ".."])("refuses %o as an ID", (id) => {
    const { enode, api } = home();
    expect(() => enode.user(id)).toThrow(expect.objectContaining({ parameter: "userId" }));
    expect(api.asked).toEqual([]);
  });

  it.each([undefined, null, 7, {}])("refuses %o, which is no ID", (id) => {
    // What a caller without types can pass.
    expect(() => home().enode.user(id as string)).toThrow(
      expect.objectContaining({ name: "ConfigurationError", parameter: "userId" }),
    );
  });

  it("has the ID of its user", () => {
    expect(home().scope.userId).toBe(me);
  });

  it("has every method tested below", () => {
    const tested = [
      ...Object.keys({ ...reads, ...others, ...ofUser }),
      ...lists.map((kind) => `${kind}.list`),
      "schedules.list",
      ...["vehicles", "chargers", "hvacs", "batteries"].map((kind) => `${kind}.actions.wait`),
    ];
    const all = methodsOf(home().scope).map(({ name }) => name);
    expect(all.sort()).toEqual([...new Set(tested)].sort());
  });

  it("gives no way to what belongs to the client as a whole", () => {
    const { scope } = home();
    const without = [
      "request",
      "users",
      "tariffs",
      "webhooks",
      "interventions",
      "service",
      "assets",
    ];
    expect(without.filter((name) => name in scope)).toEqual([]);
  });
});

describe.each(Object.entries(reads))("%s of one user", (_, call) => {
  it("gives what is theirs, with one request", async () => {
    const { scope, api } = home();
    expect(await call(scope, ids.mine)).toMatchObject({ id: ids.mine });
    // A schedule names no user, so its device is read too.
    expect(api.asked.length).toBe(call === reads["schedules.get"] ? 2 : 1);
    onlyReads(api);
  });

  it("hides what is somebody else's", async () => {
    const { scope, api } = home();
    const theirs = await failureOf(call(scope, ids.theirs));
    const nobodys = await failureOf(call(scope, ids.nobodys));
    expect(theirs).toMatchObject({ name: "NotFoundError", code: "not_found", status: 404 });
    expect(looksOf(theirs)).toEqual(looksOf(nobodys));
    onlyReads(api);
  });
});

describe.each(Object.entries(others))("%s of one user", (_, call) => {
  it("works on what is theirs", async () => {
    const { scope, api } = home();
    await call(scope, ids.mine);
    expect(api.asked.length).toBeGreaterThan(1);
    expect(api.asked.slice(0, -1).filter((each) => !each.startsWith("GET "))).toEqual([]);
  });

  it("sends nothing but reads for what is somebody else's, and hides it", async () => {
    const { scope, api } = home();
    const theirs = await failureOf(call(scope, ids.theirs));
    const nobodys = await failureOf(call(scope, ids.nobodys));
    expect(theirs).toMatchObject({ name: "NotFoundError", code: "not_found", status: 404 });
    expect(looksOf(theirs)).toEqual(looksOf(nobodys));
    expect(JSON.stringify(theirs)).not.toContain(ids.theirs);
    onlyReads(api);
  });

  it("leaves no failure unhandled", async () => {
    const { scope } = home();
    const unhandled = await unhandledDuring(async () => {
      await failureOf(call(scope, ids.theirs));
    });
    expect(unhandled).toEqual([]);
  });
});

describe.each(Object.entries(naming))("what is named to %s of one user", (_, call) => {
  it("may be theirs", async () => {
    const { scope, api } = home();
    await call(scope, ids.mine);
    expect(api.asked.slice(0, -1).filter((each) => !each.startsWith("GET "))).toEqual([]);
    expect(api.asked.length).toBeGreaterThan(1);
  });

  it("may not be somebody else's", async () => {
    const { scope, api } = home();
    const theirs = await failureOf(call(scope, ids.theirs));
    const nobodys = await failureOf(call(scope, ids.nobodys));
    expect(theirs).toMatchObject({ name: "NotFoundError", status: 404 });
    expect(looksOf(theirs)).toEqual(looksOf(nobodys));
    onlyReads(api);
    expect(api.asked.filter((each) => each.includes("/statistics/"))).toEqual([]);
  });

  it("must be an ID, or nothing is sent", async () => {
    for (const id of ["", "..", 7, ["theirs-1"], { toJSON: () => ids.theirs }]) {
      const { scope, api } = home();
      // What a caller without types can pass.
      const failure = await failureOf(call(scope, id as string));
      expect(failure).toMatchObject({ name: "ConfigurationError" });
      onlyReads(api);
    }
  });
});

describe.each(Object.entries(ofUser))("%s of one user", (_, call) => {
  it("is about that user", async () => {
    const { scope, api } = home();
    await call(scope);
    expect(api.asked.at(-1)).toContain(`/users/${me}`);
  });
});

describe("a schedule of one user", () => {
  it("is refused for a kind of device whose owner cannot be read", async () => {
    const { scope, api } = home();
    for (const targetType of ["submarine", undefined]) {
      const change = { targetId: ids.mine, ...(targetType && { targetType }) };
      expect(await failureOf(scope.schedules.update("mine-1", change))).toMatchObject({
        name: "ConfigurationError",
        parameter: "targetType",
      });
    }
    onlyReads(api);
  });

  it("is hidden while its device is of a kind that nobody knows yet", async () => {
    const { scope, api } = home();
    const strange = { id: ids.mine, targetId: ids.mine, targetType: "submarine" };
    api.instead.set("getSchedule", async () => Response.json(strange));
    expect(await failureOf(scope.schedules.get(ids.mine))).toMatchObject({ name: "NotFoundError" });
    expect(await failureOf(scope.schedules.delete(ids.mine))).toMatchObject({
      name: "NotFoundError",
    });
    onlyReads(api);
  });

  it("is hidden when its device is deleted", async () => {
    const { scope, api } = home();
    const orphan = { id: ids.mine, targetId: ids.nobodys, targetType: "vehicle" };
    api.instead.set("getSchedule", async () => Response.json(orphan));
    expect(await failureOf(scope.schedules.get(ids.mine))).toMatchObject({ name: "NotFoundError" });
  });
});

describe("an answer without an owner", () => {
  it.each([
    [{}, "NotFoundError"],
    [{ userId: null }, "NotFoundError"],
    [{ userId: "" }, "NotFoundError"],
    // No record at all.
    [[], "ResponseValidationError"],
    [null, "ResponseValidationError"],
    ["text", "ResponseValidationError"],
  ])("is nobody's: %o", async (answer, name) => {
    const { scope, api } = home();
    api.instead.set("getVehicle", async () => Response.json(answer));
    expect(await failureOf(scope.vehicles.get(ids.mine))).toMatchObject({
      name,
    });
    expect(await failureOf(scope.vehicles.startCharging(ids.mine))).toMatchObject({
      name,
    });
    onlyReads(api);
  });
});

describe("an answer that names somebody else", () => {
  it("is theirs, whatever else it names", async () => {
    const { scope, api } = home();
    const answer = { userId: other, targetId: ids.mine, targetType: "vehicle" };
    api.instead.set("getChargerAction", async () => Response.json(answer));
    expect(await failureOf(scope.chargers.actions.get(ids.mine))).toMatchObject({
      name: "NotFoundError",
    });
  });
});

describe("a smart charging plan of one user", () => {
  it("is hidden when it is of another vehicle's owner", async () => {
    const { scope, api } = home();
    api.instead.set("getVehicleSmartChargingPlan", async () =>
      Response.json({ id: "plan-1", userId: other, vehicleId: ids.theirs }),
    );
    const plan = scope.vehicles.smartCharging.getPlan(ids.mine, "plan-1");
    expect(await failureOf(plan)).toMatchObject({ name: "NotFoundError" });
  });
});

describe.each(lists)("%s.list of one user", (kind) => {
  it("asks for that user's only", async () => {
    const { scope, api } = home();
    for await (const { userId } of scope[kind].list({ pageSize: 5 })) expect(userId).toBe(me);
    const page = await scope[kind].list();
    expect(page.data.map(({ userId }) => userId)).toEqual(page.data.map(() => me));
    expect(api.asked.every((each) => each.startsWith(`GET /users/${me}/`))).toBe(true);
    expect(new URL(api.requests[0]?.url ?? "").search).toBe("?pageSize=5");
  });

  it("takes the user's own ID, and nobody else's", async () => {
    const { scope, api } = home();
    const [first] = await scope[kind].list({ userId: me }).toArray({ limit: 1 });
    expect(first).toMatchObject({ userId: me });
    expect(api.asked).toHaveLength(1);
    const theirs = await failureOf(scope[kind].list({ userId: other }));
    const nobodys = await failureOf(scope[kind].list({ userId: "nobody" }));
    expect(theirs).toMatchObject({ name: "NotFoundError" });
    expect(looksOf(theirs)).toEqual(looksOf(nobodys));
    expect(api.asked).toHaveLength(1);
  });

  it.each([undefined, null, "", ".."])("refuses the user ID %o", async (userId) => {
    const { scope, enode, api } = home();
    for (const of of [scope, enode]) {
      // What a caller without types can pass.
      const list = of[kind].list({ userId: userId as string });
      expect(await failureOf(list)).toMatchObject({
        name: "ConfigurationError",
        parameter: "userId",
      });
    }
    expect(api.asked).toEqual([]);
  });
});

describe("schedules.list of one user", () => {
  it("asks for that user's only", async () => {
    const { scope, api } = home();
    const page = await scope.schedules.list({ pageSize: 5 });
    expect(page.data).not.toEqual([]);
    expect(api.asked).toEqual([`GET /users/${me}/schedules`]);
  });
});

describe.each(["vehicles", "chargers", "hvacs", "batteries"] as const)(
  "%s.actions.wait of one user",
  (kind) => {
    const waitFor = async (
      target: string | object,
      change: (api: TwoHomes) => void = () => undefined,
    ) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
      const { scope, api } = home();
      change(api);
      const begin = Date.now();
      // The action of any kind of device will do.
      const waiting = scope[kind].actions.wait(target as string, { deadline: 10_000 });
      let took: number | undefined;
      const failure = failureOf(waiting).finally(() => {
        took = Date.now() - begin;
      });
      return { failure: await settled(failure), api, waiting, took };
    };

    it("gives an action of theirs", async () => {
      const { waiting, api } = await waitFor(ids.mine, ({ instead }) => {
        for (const one of ["Vehicle", "Charger", "Hvac", "Battery"]) {
          instead.set(`get${one}Action`, async () =>
            Response.json({ id: ids.mine, userId: me, state: "CONFIRMED", failureReason: null }),
          );
        }
      });
      expect(await waiting).toMatchObject({ id: ids.mine, state: "CONFIRMED" });
      onlyReads(api);
    });

    it("never sees one of somebody else", async () => {
      const { failure, api, took } = await waitFor(ids.theirs);
      expect(failure).toMatchObject({ name: "NotFoundError", status: 404 });
      expect(took).toBe(0);
      onlyReads(api);
      vi.useRealTimers();
      const { failure: nobodys } = await waitFor(ids.nobodys);
      expect(looksOf(failure).json.replaceAll(ids.theirs, ids.nobodys)).toEqual(
        looksOf(nobodys).json,
      );
    });

    it("takes an action of somebody else for none at once, too", async () => {
      const theirs = { id: ids.theirs, userId: other, state: "PENDING", failureReason: null };
      const { failure, api } = await waitFor(theirs);
      expect(failure).toMatchObject({ name: "NotFoundError" });
      expect(api.asked).toHaveLength(1);
    });

    it("waits for one of theirs that is read too early", async () => {
      const mine = { id: ids.nobodys, userId: me, state: "PENDING", failureReason: null };
      const { failure } = await waitFor(mine);
      expect(failure).toMatchObject({ name: "ActionTimeoutError" });
    });
  },
);

describe("options of a call of one user", () => {
  it.each([
    ["the call", {}, { deadline: 1_000 }, 1_000],
    ["the client", { deadline: 1_000 }, {}, 1_000],
    ["no one", { maxRetries: 0, timeout: 60_000 }, {}, 30_000],
  ])(
    "give one deadline, of %s, to the read and the command together",
    async (_, client, call, total) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
      const { scope, api } = home(client);
      api.instead.set("getVehicle", async () => {
        await new Promise((resolve) => setTimeout(resolve, 600));
        return Response.json({ id: ids.mine, userId: me });
      });
      api.instead.set("controlVehicleCharging", hang);
      const begin = Date.now();
      const failure = failureOf(scope.vehicles.startCharging(ids.mine, call));
      expect(await settled(failure)).toMatchObject({
        name: "TimeoutError",
        code: "deadline_exceeded",
      });
      expect(Date.now() - begin).toBe(total);
      expect(api.asked).toHaveLength(2);
    },
  );

  it("stop before the command when the deadline is over with the read", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
    const { scope, api } = home();
    api.instead.set("getVehicle", hang);
    const failure = failureOf(scope.vehicles.startCharging(ids.mine, { deadline: 1_000 }));
    expect(await settled(failure)).toMatchObject({
      name: "TimeoutError",
      code: "deadline_exceeded",
    });
    onlyReads(api);
  });

  it("reach both requests", async () => {
    const { scope, api } = home();
    await scope.vehicles.startCharging(ids.mine, { headers: { "x-trace": "t-1" } });
    expect(api.requests.map(({ headers }) => headers.get("x-trace"))).toEqual(["t-1", "t-1"]);
  });

  it("abort before the command", async () => {
    const { scope, api } = home();
    const controller = new AbortController();
    api.instead.set("getVehicle", async () => {
      controller.abort();
      return Response.json({ id: ids.mine, userId: me });
    });
    const { signal } = controller;
    const failure = failureOf(scope.vehicles.startCharging(ids.mine, { signal }));
    expect(await failure).toMatchObject({ name: "AbortError" });
    onlyReads(api);
  });

  it("give the response of the command", async () => {
    const { scope } = home();
    const { data, response } = await scope.vehicles.startCharging(ids.mine).withResponse();
    expect(data).toMatchObject({ userId: me });
    expect(response.status).toBe(200);
  });
});

describe("errors of a call of one user", () => {
  it("come through from the command, a not found of a part of a device too", async () => {
    const { scope, api } = home();
    const problem = { type: "https://example.com/not-found", title: "No override", detail: "none" };
    api.instead.set("endVehicleSmartOverride", async () => Response.json(problem, { status: 404 }));
    expect(await failureOf(scope.vehicles.smartCharging.endOverride(ids.mine))).toMatchObject({
      name: "NotFoundError",
      problem,
    });
  });

  it("come through from the read, and then nothing else is sent", async () => {
    const { scope, api } = home();
    api.instead.set("getVehicle", async () => Response.json({}, { status: 403 }));
    expect(await failureOf(scope.vehicles.startCharging(ids.mine))).toMatchObject({
      name: "PermissionError",
    });
    onlyReads(api);
  });
});
