import { describe, expect, it } from "vitest";
import { describedOperations } from "../../support/openapi.ts";
import { createHarness, fetchToken, send } from "../support/harness.ts";

const UUID = "3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99";

describe("a request that cannot be served", () => {
  it("is answered with 404 for an unknown path and 405 for a wrong method", async () => {
    const { sandbox } = createHarness();
    const token = await fetchToken(sandbox);
    for (const path of ["/nope", "/", "/users//vehicles", "/vehicles/", "/users/a/b/c/d/e"]) {
      const { status, body } = await send(sandbox.fetch, "GET", path, token);
      expect([path, status]).toEqual([path, 404]);
      expect(body.type).toBe("https://developers.enode.com/api/problems/not-found");
    }
    const { status, headers } = await send(sandbox.fetch, "PATCH", "/chargers/x", token);
    expect([status, headers.get("allow")]).toEqual([405, "GET, PUT"]);
    expect((await send(sandbox.fetch, "GET", "/users/%E0%A4", token)).status).toBe(400);
  });

  it("is answered with 404 for an unknown id", async () => {
    const { call } = createHarness();
    for (const path of [
      "/users/none",
      "/users/none/vehicles",
      "/vehicles/none",
      "/chargers/none",
      `/vehicles/actions/${UUID}`,
      `/chargers/actions/${UUID}`,
      `/interventions/${UUID}`,
    ]) {
      expect([path, (await call("GET", path)).status]).toEqual([path, 404]);
    }
  });

  it("is answered with 400 for a body that is not what is asked for", async () => {
    const { call, sandbox } = createHarness({ fleet: { users: 1, vehiclesPerUser: 1 } });
    const path = `/vehicles/${sandbox.devices.list()[0]?.id}/charging`;
    for (const body of [
      "{",
      "[]",
      "null",
      "7",
      "",
      '{"action":"START","x":1}',
      '{"__proto__":1}',
    ]) {
      const answer = await call("POST", path, body);
      expect([body, answer.status]).toEqual([body, 400]);
      expect(answer.body.type).toBe("https://developers.enode.com/api/problems/bad-request");
    }
    expect((await call("POST", path)).status).toBe(400);
  });
});

describe("every described operation", () => {
  // The description marks this one as unlisted: it is no part of what the SDK offers.
  const operations = describedOperations.filter(({ id }) => id !== "getLinkResult");

  it.each(operations.map((operation) => [operation.id, operation] as const))(
    "%s is answered within the contract",
    async (_, { method, path, body }) => {
      const { call } = createHarness({
        fleet: { users: 1, vehiclesPerUser: 1, chargersPerUser: 1 },
      });
      const filled = path.replace("{userId}", "user-1").replaceAll(/\{\w+\}/g, UUID);
      const { status } = await call(method, filled, body === undefined ? undefined : {});
      expect(status).not.toBe(405);
      expect(status).not.toBe(500);
    },
  );
});
