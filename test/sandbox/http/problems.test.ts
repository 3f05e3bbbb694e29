import { describe, expect, it } from "vitest";
import { describedOperations, lookUp } from "../../support/openapi.ts";
import { BASE, createHarness, fetchToken, LINK_REQUEST, send } from "../support/harness.ts";

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

describe("the headers of a request", () => {
  const get = async (headers: Record<string, string>, path = "/vehicles") => {
    const { sandbox } = createHarness();
    const authorization = `Bearer ${await fetchToken(sandbox)}`;
    const response = await sandbox.fetch(BASE + path, { headers: { authorization, ...headers } });
    return { status: response.status, text: await response.text() };
  };

  it("need no version: the client has a default one", async () => {
    expect((await get({})).status).toBe(200);
    expect((await get({ "enode-version": "2024-10-01" })).status).toBe(200);
  });

  it("may not name a user as they did before 2023-08-01", async () => {
    const { status, text } = await get({ "Enode-User-Id": "anna" });
    expect(status).toBe(400);
    expect(JSON.parse(text).detail).toContain("/users/{userId}");
    expect((await get({ "Enode-User-Id": "anna" }, "/users/anna")).status).toBe(400);
  });
});

describe("a problem has the title and detail that Enode's have", () => {
  const problem = (kind: string, title: string, detail: unknown) => ({
    type: `https://developers.enode.com/api/problems/${kind}`,
    title,
    detail,
  });

  it("for an unknown user", async () => {
    const { call } = createHarness();
    const { status, body } = await call("GET", "/users/nobody");
    expect(status).toBe(404);
    const detail = "Could not find user with ID nobody";
    expect(body).toEqual(problem("not-found", "User does not exist", detail));
  });

  it("for an unknown webhook", async () => {
    const { call } = createHarness();
    for (const [method, path] of [
      ["GET", `/webhooks/${UUID}`],
      ["DELETE", `/webhooks/${UUID}`],
      ["POST", `/webhooks/${UUID}/test`],
    ] as const) {
      const { status, body } = await call(method, path);
      expect(status).toBe(404);
      const detail = `Could not find webhook ${UUID}`;
      expect(body).toEqual(problem("not-found", "Webhook not found", detail));
    }
  });

  it("for a webhook that is not valid, or exists already", async () => {
    const { call } = createHarness();
    const webhook = { url: "https://hooks.example.com/enode", secret: "a-secret-of-the-tests" };
    expect((await call("POST", "/webhooks", webhook)).status).toBe(200);
    for (const input of [webhook, { ...webhook, url: "ftp://hooks.example.com" }]) {
      const { status, body } = await call("POST", "/webhooks", input);
      expect(status).toBe(400);
      expect(body).toMatchObject(
        problem("bad-request", "Webhook input is not valid.", expect.any(String)),
      );
    }
  });

  it("for a client that has used up its connections", async () => {
    const { call, sandbox } = createHarness({ connectionLimit: 0 });
    const { status, body } = await call("POST", "/users/anna/link", LINK_REQUEST);
    expect(status).toBe(403);
    const { clientId } = sandbox.credentials;
    expect(body).toEqual(
      problem("forbidden", "Connections limit reached.", expect.stringContaining(clientId)),
    );
  });

  it.each([
    ["/users/{userId}", "get", "404", "User does not exist"],
    ["/users/{userId}/link", "post", "403", "Connections limit reached."],
    ["/webhooks", "post", "400", "Webhook input is not valid."],
    ["/webhooks/{webhookId}", "get", "404", "Webhook not found"],
    ["/webhooks/{webhookId}", "patch", "404", "Webhook not found"],
    ["/webhooks/{webhookId}", "delete", "404", "Webhook not found"],
    ["/webhooks/{webhookId}/test", "post", "404", "Webhook not found"],
  ])("in the description: %s, %s, %s", (path, method, status, title) => {
    const operation = `/paths/${path.replaceAll("/", "~1")}/${method}`;
    const example = `responses/${status}/content/application~1json/example`;
    expect(lookUp(`${operation}/${example}`)).toMatchObject({ title });
  });

  it("for smart charging that cannot be enabled", async () => {
    const { call, sandbox } = createHarness();
    const { id } = sandbox.devices.add("anna", "vehicle");
    const path = `/vehicles/${id}/smart-charging-policy`;
    const { status, body } = await call("PUT", path, { isEnabled: true });
    expect(status).toBe(400);
    expect(body).toEqual(
      problem("bad-request", "Cannot activate smart charging", expect.any(String)),
    );
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
