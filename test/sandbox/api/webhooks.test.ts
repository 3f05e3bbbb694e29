import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { webhookEventNames } from "../../../generated/events.ts";
import { takeViolations } from "../../support/sandbox-violations.ts";
import { createHarness, fetchToken, send } from "../support/harness.ts";
import { createHookedHarness, HOOK_URL, SECRET } from "../support/receiver.ts";

const UNKNOWN = "/webhooks/3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99";

describe("a webhook", () => {
  it("has all events and the default version by default", async () => {
    const { call, sandbox } = createHarness();
    const { status, body } = await call("POST", "/webhooks", { url: HOOK_URL, secret: SECRET });
    const createdAt = sandbox.clock.now().toISOString();
    expect(status).toBe(200);
    expect(body).toEqual({
      id: expect.stringMatching(/^[\da-f-]{36}$/),
      url: HOOK_URL,
      events: ["*"],
      lastSuccess: createdAt,
      isActive: true,
      createdAt,
      apiVersion: null,
      authentication: null,
    });
    expect((await call("GET", `/webhooks/${body.id}`)).body).toEqual(body);
  });

  it("never shows its secret or the value of its header", async () => {
    const harness = createHookedHarness();
    const { call, subscribe } = harness;
    const authentication = { headerName: "x-hook-key", headerValue: "sentinel-value" };
    const created = await subscribe({ authentication });
    expect(created.authentication).toEqual({ headerName: "x-hook-key" });
    const path = `/webhooks/${created.id}`;
    const answers = [
      created,
      await call("GET", path),
      await call("GET", "/webhooks"),
      await call("PATCH", path, { secret: `${SECRET}-2`, authentication }),
      await call("POST", `${path}/test`),
    ];
    const text = inspect(answers, { depth: Number.POSITIVE_INFINITY }) + JSON.stringify(answers);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain("sentinel-value");
  });

  it("is listed in pages, newest first", async () => {
    const { call, subscribe } = createHookedHarness();
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) {
      ids.unshift((await subscribe({ url: `${HOOK_URL}/${name}` })).id);
    }
    const first = (await call("GET", "/webhooks?pageSize=2")).body;
    const second = (await call("GET", `/webhooks?after=${first.pagination.after}`)).body;
    const listed = [...first.data, ...second.data];
    expect(listed.map(({ id }: { id: string }) => id)).toEqual(ids);
    expect(second.pagination).toEqual({ after: null, before: expect.any(String) });
  });

  it("changes only in what is given", async () => {
    const { call, subscribe } = createHookedHarness();
    const authentication = { headerName: "x-hook-key", headerValue: "one" };
    const webhook = await subscribe({ authentication, apiVersion: "2024-10-01" });
    const change = async (body: object) =>
      (await call("PATCH", `/webhooks/${webhook.id}`, body)).body;
    expect(await change({})).toEqual(webhook);
    const events = ["user:vehicle:updated"];
    expect(await change({ events })).toEqual({ ...webhook, events });
    expect(await change({ url: webhook.url })).toEqual({ ...webhook, events });
    const rest = { ...webhook, events, apiVersion: null, authentication: null };
    expect(await change({ apiVersion: null, authentication: null })).toEqual(rest);
  });

  it("is not found once it is deleted", async () => {
    const { call, subscribe, sandbox, deliveries } = createHookedHarness();
    const { id } = await subscribe();
    expect((await call("DELETE", `/webhooks/${id}`)).status).toBe(204);
    for (const method of ["GET", "DELETE"]) {
      expect((await call(method, `/webhooks/${id}`)).status).toBe(404);
    }
    expect((await call("PATCH", UNKNOWN, {})).status).toBe(404);
    expect((await call("POST", `${UNKNOWN}/test`)).status).toBe(404);
    sandbox.devices.add("anna", "vehicle");
    await sandbox.deliver();
    expect(deliveries).toEqual([]);
    expect((await call("GET", "/webhooks")).body.data).toEqual([]);
  });

  it("is refused for a URL that has one already", async () => {
    const { call, subscribe } = createHookedHarness();
    await subscribe();
    const other = await subscribe({ url: `${HOOK_URL}/other` });
    const double = { url: HOOK_URL, secret: SECRET };
    for (const answer of [
      await call("POST", "/webhooks", double),
      await call("PATCH", `/webhooks/${other.id}`, { url: HOOK_URL }),
    ]) {
      expect(answer.status).toBe(400);
      expect(answer.body.type).toMatch(/bad-request$/);
      expect(answer.body.detail).toContain("exists already");
    }
  });

  it.each([
    ["url", { url: "http://hooks.example.com" }],
    ["url", { url: "ftp://127.0.0.1/x" }],
    ["url", { url: "http://127.0.0.1.example.com" }],
    ["url", { url: "https://user:word@example.com" }],
    ["url", { url: "/enode/hook" }],
    ["url", { url: "https:/" }],
    ["url", { url: `https://example.com/${"x".repeat(200)}` }],
    ["url", { url: undefined }],
    ["url", { url: null }],
    ["secret", { secret: "12345" }],
    ["secret", { secret: "x".repeat(257) }],
    ["secret", { secret: undefined }],
    ["events", { events: [] }],
    ["events", { events: ["user:vehicle:renamed"] }],
    ["events", { events: [7] }],
    ["events", { events: "*" }],
    ["apiVersion", { apiVersion: "2023-08-01" }],
    ["authentication", { authentication: null }],
    ["authentication.headerName", { authentication: { headerValue: "v" } }],
    ["authentication.headerValue", { authentication: { headerName: "x-key" } }],
    ["authentication.headerName", { authentication: { headerName: "X-Key", headerValue: "v" } }],
    ["authentication.headerName", { authentication: { headerName: "", headerValue: "v" } }],
    ["authentication.headerValue", { authentication: { headerName: "x-key", headerValue: "ü" } }],
    [
      "authentication.headerValue",
      { authentication: { headerName: "x-key", headerValue: "a\nb" } },
    ],
    ["authentication.more", { authentication: { headerName: "x-key", headerValue: "v", more: 1 } }],
    ["colour", { colour: "red" }],
  ])("is refused for a bad %s: %j", async (path, change) => {
    const { call } = createHarness();
    const request = { url: HOOK_URL, secret: SECRET, ...change };
    const { status, body } = await call("POST", "/webhooks", request);
    expect(status).toBe(400);
    expect(body.issues).toEqual([{ path, message: expect.any(String) }]);
    expect((await call("GET", "/webhooks")).body.data).toEqual([]);
  });

  it.each(["http://127.0.0.1:8080/x", "http://localhost", "http://[::1]:3000/", "https://a.io"])(
    "takes the URL %s",
    async (url) => {
      const { subscribe } = createHookedHarness();
      expect((await subscribe({ url })).url).toBe(url);
    },
  );

  it("takes the longest values and every name of an event", async () => {
    const { sandbox } = createHarness();
    const token = await fetchToken(sandbox);
    const { body } = await send(sandbox.fetch, "POST", "/webhooks", token, {
      url: `https://example.com/${"x".repeat(180)}`,
      secret: "🔑".repeat(256),
      events: ["*", ...webhookEventNames, "user:charge-action:updated"],
      authentication: { headerName: "a-_9".repeat(32), headerValue: "~".repeat(256) },
    });
    expect(body).toMatchObject({ isActive: true });
    // The description does not list all names that are delivered.
    const violations = await takeViolations();
    expect(violations).toHaveLength(4);
    expect(violations.join()).toContain("createWebhook, request body /events/21");
  });
});

describe("the test of a webhook", () => {
  it("delivers one test event at once and returns the answer of the endpoint", async () => {
    const harness = createHookedHarness();
    const { call, subscribe, deliveries, sandbox, webhook } = harness;
    const { id } = await subscribe({ events: ["user:vehicle:updated"] });
    harness.answer = () => Response.json({ ok: true }, { headers: { "x-served-by": "me" } });
    sandbox.clock.advance(60_000);
    const { status, body } = await call("POST", `/webhooks/${id}/test`);
    expect(status).toBe(200);
    expect(body).toEqual({
      status: "SUCCESS",
      description: "The webhook endpoint answered with status 200.",
      response: {
        code: 200,
        body: '{"ok":true}',
        headers: ["content-type: application/json", "x-served-by: me"],
      },
    });
    const createdAt = sandbox.clock.now().toISOString();
    const event = { event: "enode:webhook:test", createdAt, version: "2024-10-01" };
    expect(deliveries.map(({ events }) => events)).toEqual([[event]]);
    expect(sandbox.events.list()).toEqual([event]);
    expect((await webhook(id)).lastSuccess).toBe(createdAt);
  });

  it("reports an endpoint that refuses", async () => {
    const harness = createHookedHarness();
    const { id, lastSuccess } = await harness.subscribe();
    harness.answer = () => new Response("no", { status: 500 });
    const { body } = await harness.call("POST", `/webhooks/${id}/test`);
    expect(body).toMatchObject({ status: "FAILURE", response: { code: 500, body: "no" } });
    expect(await harness.webhook(id)).toMatchObject({ isActive: true, lastSuccess });
  });

  it("reports an endpoint that does not answer", async () => {
    const harness = createHookedHarness();
    const { id } = await harness.subscribe();
    harness.answer = () => {
      throw new TypeError("fetch failed", { cause: new Error("connect ECONNREFUSED") });
    };
    const { body } = await harness.call("POST", `/webhooks/${id}/test`);
    expect(body).toEqual({
      status: "FAILURE",
      description:
        "The webhook endpoint could not be reached: fetch failed (connect ECONNREFUSED).",
      response: null,
    });
  });
});
