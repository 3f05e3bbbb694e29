import { describe, expect, it } from "vitest";
import { Enode } from "../../src/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { lists } from "../scope/support/scope-methods.ts";
import { contractFetch } from "../support/contract.ts";
import { clientOver, failureOf, unhandledDuring } from "./support/client.ts";

const vehicle = { id: "v-1", userId: "anna" };

describe("a method of a resource", () => {
  it("gives its result, and the response to those who ask", async () => {
    const enode = clientOver(async () =>
      Response.json(vehicle, { headers: { "x-request-id": "req-7", "x-more": "yes" } }),
    );
    const call = enode.vehicles.get("v-1");
    expect(await call).toEqual(vehicle);
    const { data, response, requestId } = await call.withResponse();
    expect(data).toEqual(vehicle);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-more")).toBe("yes");
    expect(requestId).toBe("req-7");
  });

  it("has no request ID when no header has one", async () => {
    const enode = clientOver(async () => Response.json(vehicle));
    expect((await enode.vehicles.get("v-1").withResponse()).requestId).toBeUndefined();
  });

  it("leaves no failure unhandled when only withResponse() is used", async () => {
    const enode = clientOver(async () => Response.json({}, { status: 404 }));
    const unhandled = await unhandledDuring(async () => {
      const call = enode.vehicles.get("v-1").withResponse();
      expect(await failureOf(call)).toMatchObject({ name: "NotFoundError" });
    });
    expect(unhandled).toEqual([]);
  });

  it("takes options last", async () => {
    const requests: Request[] = [];
    const enode = clientOver(async (request) => {
      requests.push(request);
      return Response.json(vehicle);
    });
    await enode.vehicles.get("v-1", { headers: { "x-trace": "t-1" } });
    await enode.vehicles.list({}, { headers: { "x-trace": "t-2" } }).catch(() => undefined);
    expect(requests.map(({ headers }) => headers.get("x-trace"))).toEqual(["t-1", "t-2"]);
    const signal = AbortSignal.abort();
    expect(await failureOf(enode.vehicles.get("v-1", { signal }))).toMatchObject({
      name: "AbortError",
    });
    expect(await failureOf(enode.vehicles.list({}, { signal }))).toMatchObject({
      name: "AbortError",
    });
    expect(requests).toHaveLength(2);
  });
});

describe.each(lists)("%s.list", (kind) => {
  function recording() {
    const asked: string[] = [];
    const enode = clientOver(async (request) => {
      asked.push(new URL(request.url).pathname);
      return Response.json({ data: [], pagination: { after: null, before: null } });
    });
    return { asked, list: enode[kind].list.bind(enode[kind]) };
  }

  it("is of all users, or of one", async () => {
    const { asked, list } = recording();
    await list();
    await list({ pageSize: 5 });
    await list({ userId: "anna" });
    expect(asked.map((path) => path.startsWith("/users/anna/"))).toEqual([false, false, true]);
  });

  it.each([undefined, null, "", " ", "..", 7])(
    "never turns a user ID that got lost into all users: %o",
    async (userId) => {
      const { asked, list } = recording();
      // What a caller without types can pass.
      const query = { userId: userId as string };
      const expected = { name: "ConfigurationError", parameter: "userId" };
      expect(await failureOf(list(query))).toMatchObject(expected);
      expect(await failureOf(list(query).toArray({ limit: 1 }))).toMatchObject(expected);
      expect(await failureOf(list(query).pages().next())).toMatchObject(expected);
      expect(asked).toEqual([]);
    },
  );
});

describe("resources over the simulated API", () => {
  it("link a user, find the vehicle and start it", async () => {
    const sandbox = createSandbox({ seed: 3, clock: "manual" });
    const enode = new Enode({
      environment: "sandbox",
      ...sandbox.credentials,
      fetch: contractFetch(sandbox.fetch),
      validate: "throw",
    });
    const { linkToken } = await enode.users.link("anna", {
      vendorType: "vehicle",
      scopes: ["vehicle:read:data", "vehicle:control:charging"],
      language: "en-GB",
      redirectUri: "https://app.example.com/done",
    });
    await sandbox.completeLink(linkToken, { vendor: "TESLA", devices: [{ batteryLevel: 20 }] });
    const [found] = await enode.user("anna").vehicles.list().toArray({ limit: 1 });
    if (found === undefined) throw new Error("the linked vehicle is not in the list");
    expect(await enode.users.get("anna")).toMatchObject({ linkedVendors: [{ vendor: "TESLA" }] });
    const action = await enode.user("anna").vehicles.startCharging(found.id);
    expect(action.state).toBe("PENDING");
    sandbox.clock.advance(60_000);
    expect(await enode.vehicles.actions.get(action.id)).toMatchObject({ state: "CONFIRMED" });
    expect((await enode.vehicles.get(found.id)).chargeState.isCharging).toBe(true);
    const bert = enode.user("bert").vehicles;
    expect(await failureOf(bert.startCharging(found.id))).toMatchObject({ name: "NotFoundError" });
    expect(await failureOf(bert.actions.get(action.id))).toMatchObject({ name: "NotFoundError" });
  });
});
