import { describe, expect, it } from "vitest";
import { createSandbox, startSandbox } from "../../../src/sandbox/index.ts";
import { Recordings } from "../../../src/sandbox/shared/recordings.ts";
import { BASE, fetchToken, LINK_REQUEST } from "../support/harness.ts";
import { createRecordedHarness } from "../support/recorded.ts";

describe("the recordings", () => {
  it("keep the last 200", () => {
    const recordings = new Recordings(true);
    const message = { headers: [], body: null, size: 0 };
    const exchange = { method: "GET", url: "/", request: message, response: null };
    for (let number = 1; number <= 250; number += 1) recordings.add(number, exchange);
    expect(recordings.numbers()).toEqual(Array.from({ length: 200 }, (_, at) => at + 51));
    expect([recordings.get(50), recordings.get(51)]).toEqual([undefined, exchange]);
  });

  it("keep nothing when they are off", async () => {
    const { call, requestRecordings, deliveryRecordings, subscribe, sandbox, webhooks, state } =
      createRecordedHarness({}, false);
    const webhook = await subscribe();
    await call("GET", "/vehicles");
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect([requestRecordings.numbers(), deliveryRecordings.numbers()]).toEqual([[], []]);
    expect(await webhooks.resend(1)).toEqual({
      number: null,
      status: null,
      reason: "Its body is not kept any more",
    });
    webhook.isActive = false;
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    expect(state().droppedEvents).toBe(0);
  });

  it("are for the page, so only the server has the option", async () => {
    // @ts-expect-error for callers without types
    expect(() => createSandbox({ bodies: false })).toThrow("startSandbox({ bodies })");
    // @ts-expect-error for callers without types
    await expect(startSandbox({ bodies: "no" })).rejects.toThrow('"bodies" must be true or false');
  });
});

describe("a recorded request", () => {
  it("holds query, headers, body and answer", async () => {
    const { call, latest, sandbox } = createRecordedHarness();
    await call("GET", "/vehicles?pageSize=1&after=abc");
    expect(latest()).toMatchObject({ method: "GET", url: "/vehicles?pageSize=1&after=abc" });
    const { body } = await call("POST", "/users/anna/link", LINK_REQUEST);
    const { url, request, response } = latest();
    expect(url).toBe("/users/anna/link");
    expect(request.body).toBe(JSON.stringify(LINK_REQUEST));
    expect(request.size).toBe(JSON.stringify(LINK_REQUEST).length);
    expect(Object.fromEntries(request.headers)).toMatchObject({
      "content-type": "application/json",
      authorization: expect.stringMatching(/^Bearer .{4}… \(valid for 59 min\)$/),
    });
    expect(Object.fromEntries(response?.headers ?? [])["date"]).toBe(
      sandbox.clock.now().toUTCString(),
    );
    expect(response?.body).not.toContain(body.linkToken);
    expect(JSON.parse(response?.body ?? "")).toMatchObject({ linkToken: "$ENODE_LINK_TOKEN" });
  });

  it("says what is known of a token", async () => {
    const { latest, sandbox } = createRecordedHarness();
    const authorizationOf = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      await sandbox.fetch(`${BASE}/vehicles`, { headers });
      return Object.fromEntries(latest().request.headers)["authorization"];
    };
    const token = await fetchToken(sandbox);
    expect(await authorizationOf("a-token-of-another-place")).toBe(
      "Bearer a-to… (unknown or revoked)",
    );
    sandbox.clock.advance("59m30s");
    expect(await authorizationOf(token)).toMatch(/… \(valid for 29 s\)$/);
    sandbox.clock.advance("1m");
    expect(await authorizationOf(token)).toMatch(/… \(expired\)$/);
  });

  it("never holds a secret", async () => {
    const { call, requestRecordings, sandbox, subscribe, deliveryRecordings } =
      createRecordedHarness();
    const token = await fetchToken(sandbox);
    const authentication = { headerName: "x-key", headerValue: "s3ntinel-header" };
    await subscribe({ secret: "s3ntinel-secret", authentication });
    const { body } = await call("POST", "/users/anna/link", LINK_REQUEST);
    await sandbox.fetch(`${BASE}/link/${body.linkToken}`);
    sandbox.faults.next({ operation: "token", cut: "broken" });
    await fetchToken(sandbox).catch(() => {});
    sandbox.devices.add("anna", "charger");
    await sandbox.deliver();
    const text = JSON.stringify(
      [requestRecordings, deliveryRecordings].map((each) =>
        each.numbers().map((number) => each.get(number)),
      ),
    );
    expect(text).toContain("x-key");
    expect(text).not.toContain("s3ntinel");
    expect(text).not.toContain(body.linkToken);
    expect(text).not.toContain(token);
    expect(text).not.toContain(token.slice(0, 20));
    expect(text).not.toContain(sandbox.credentials.clientSecret);
    expect(text).not.toContain(btoa(`${sandbox.credentials.clientId}:`).slice(0, 40));
  });

  it("holds the body also when a fault answers in place of the handler", async () => {
    const { call, latest, sandbox } = createRecordedHarness();
    sandbox.faults.next({ operation: "createLinkSession", status: 503 });
    await call("POST", "/users/anna/link", LINK_REQUEST);
    expect(latest().request.body).toBe(JSON.stringify(LINK_REQUEST));
    expect(latest().response?.body).toContain("detail");
  });

  it("has no answer when the connection broke before it", async () => {
    const { call, latest, sandbox } = createRecordedHarness();
    await call("GET", "/vehicles");
    sandbox.faults.next({ operation: "listVehicles", reset: true });
    await expect(call("GET", "/vehicles")).rejects.toThrow("fetch failed");
    expect(latest().response).toBeNull();
  });

  it("holds what came of an answer that stalls or breaks, which still does", async () => {
    const { latest, sandbox } = createRecordedHarness({ fleet: { users: 1, vehiclesPerUser: 2 } });
    const headers = { authorization: `Bearer ${await fetchToken(sandbox)}` };
    const whole = await (await sandbox.fetch(`${BASE}/vehicles`, { headers })).text();
    for (const cut of ["stalled", "broken"] as const) {
      sandbox.faults.next({ operation: "listVehicles", cut });
      const controller = new AbortController();
      const { signal } = controller;
      const answer = await sandbox.fetch(`${BASE}/vehicles`, { headers, signal });
      const reader = answer.body?.getReader();
      expect((await reader?.read())?.value?.byteLength).toBe(whole.length >> 1);
      const rest = reader?.read();
      controller.abort(new Error("terminated by the test"));
      await expect(rest).rejects.toThrow("terminated");
      expect(latest().response?.body).toBe(whole.slice(0, whole.length >> 1));
    }
  });

  it("takes a body that never ends, which its handler need not read", async () => {
    const { latest, sandbox } = createRecordedHarness();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"a":'));
      },
    });
    sandbox.faults.next({ status: 503 });
    const answer = await sandbox.fetch(
      new Request(`${BASE}/webhooks`, { method: "POST", body, duplex: "half" } as RequestInit),
    );
    expect(answer.status).toBe(503);
    expect(latest().request).toMatchObject({ body: '{"a":', size: 5 });
  });

  it("keeps the first 64 kB of a long body, and the handler reads all of it", async () => {
    const { call, latest } = createRecordedHarness();
    const webhook = { url: "https://x.test/", secret: "a-secret-of-this-test" };
    const long = `${" ".repeat(100_000)}${JSON.stringify(webhook)}`;
    const { status } = await call("POST", "/webhooks", long);
    expect(status).toBe(200);
    expect(latest().request).toMatchObject({ body: " ".repeat(65_536), size: long.length });
  });

  it("leaves a multipart form of the token endpoint to be read", async () => {
    const { latest, sandbox } = createRecordedHarness();
    const form = new FormData();
    form.set("grant_type", "client_credentials");
    form.set("client_secret", "s3ntinel");
    const { clientId, clientSecret } = sandbox.credentials;
    const answer = await sandbox.fetch(`${BASE}/oauth2/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
      body: form,
    });
    expect(answer.status).toBe(200);
    expect(latest().request.body).toContain("client_credentials");
    expect(latest().request.body).not.toContain("s3ntinel");
    expect(latest().request.headers).toContainEqual([
      "authorization",
      `Basic ${clientId}:$ENODE_CLIENT_SECRET`,
    ]);
  });
});
