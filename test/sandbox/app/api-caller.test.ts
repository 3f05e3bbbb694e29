import { describe, expect, it } from "vitest";
import { BASE, fetchToken, LINK_REQUEST } from "../support/harness.ts";
import { HOOK_URL, SECRET } from "../support/receiver.ts";
import { createRecordedHarness } from "../support/recorded.ts";

describe("a call of the sandbox itself", () => {
  it("is answered as one of a client, and logged", async () => {
    const { caller, sandbox } = createRecordedHarness({ fleet: { users: 1, vehiclesPerUser: 1 } });
    const { number, response, failure } = await caller.call("GET", "/vehicles?pageSize=1");
    expect([number, response?.status, failure]).toEqual([1, 200, null]);
    expect(await response?.json()).toMatchObject({ data: [{ userId: "user-1" }] });
    expect(sandbox.requests.list()).toMatchObject([{ number: 1, operation: "listVehicles" }]);
  });

  it("changes no token of a client", async () => {
    const plain = createRecordedHarness();
    const { caller, sandbox } = createRecordedHarness();
    await caller.call("GET", "/vehicles");
    expect(sandbox.tokens.issued).toBe(0);
    expect(await fetchToken(sandbox)).toBe(await fetchToken(plain.sandbox));
  });

  it("sends its body as it is", async () => {
    const { caller, latest } = createRecordedHarness();
    const { response } = await caller.call("POST", "/webhooks", "{ not JSON");
    expect(response?.status).toBe(400);
    expect(latest().request.body).toBe("{ not JSON");
    const { response: second } = await caller.call(
      "POST",
      "/users/ann/link",
      JSON.stringify(LINK_REQUEST),
    );
    expect(second?.status).toBe(200);
  });

  it("says why there was no answer", async () => {
    const { caller, sandbox } = createRecordedHarness();
    sandbox.faults.next({ operation: "listVehicles", reset: true });
    expect(await caller.call("GET", "/vehicles")).toEqual({
      number: 1,
      response: null,
      failure: "fetch failed",
    });
  });

  it.each([
    ["GET", "//elsewhere.test/vehicles?"],
    ["GET", "/\\elsewhere.test"],
  ])("goes to the API only: %s %s", async (method, address) => {
    const { caller } = createRecordedHarness();
    expect((await caller.call(method, address)).response?.status).toBe(404);
  });

  it.each([
    ["GET", "vehicles"],
    ["GET", "@elsewhere.test/"],
    ["NO METHOD", "/vehicles"],
    ["TRACE", "/vehicles"],
  ])("refuses what no request can be: %s %s", async (method, address) => {
    await expect(createRecordedHarness().caller.call(method, address)).rejects.toThrow(TypeError);
  });
});

describe("a request that is sent again", () => {
  it("has the same path, query, headers and body, and a new token", async () => {
    const { caller, requestRecordings, sandbox } = createRecordedHarness();
    const body = JSON.stringify(LINK_REQUEST);
    await sandbox.fetch(`${BASE}/users/a%20b/link?x=1`, {
      method: "POST",
      headers: {
        authorization: "Bearer long-expired",
        "content-type": "application/json",
        "enode-version": "2024-10-01",
      },
      body,
    });
    const replay = await caller.replay(1);
    expect(replay).toMatchObject({ isSent: true, number: 2, response: { status: 200 } });
    expect(sandbox.requests.list().map(({ status }) => status)).toEqual([401, 200]);
    const [first, second] = [1, 2].map((number) => requestRecordings.get(number));
    expect(second?.url).toBe(first?.url);
    expect(second?.request.body).toBe(body);
    expect(Object.fromEntries(second?.request.headers ?? [])).toMatchObject({
      "enode-version": "2024-10-01",
      authorization: expect.stringMatching(/^Bearer .{4}… \(valid for 1 min\)$/),
    });
  });

  it("has no cookies and no keys, of which only the beginning is kept", async () => {
    const { caller, requestRecordings, sandbox } = createRecordedHarness();
    const headers = { cookie: "a=b", "x-api-key": "long-enough-to-tell", "x-mine": "1" };
    await sandbox.fetch(`${BASE}/vehicles`, { headers });
    expect(await caller.replay(1)).toMatchObject({ isSent: true, response: { status: 200 } });
    const sent = requestRecordings.get(2)?.request.headers.map(([name]) => name);
    expect(sent).toEqual(["authorization", "x-mine"]);
  });

  it("is refused, with the reason, when it is not kept as it was", async () => {
    const { call, caller, sandbox } = createRecordedHarness();
    await call("POST", "/webhooks", { url: HOOK_URL, secret: SECRET });
    await call("POST", "/webhooks", " ".repeat(100_000));
    const binary = new Uint8Array([0xff, 0xfe]);
    await sandbox.fetch(`${BASE}/webhooks`, { method: "POST", body: binary });
    await sandbox.fetch(`${BASE}/vehicles?access_token=abc`);
    const outcomes = await Promise.all([1, 2, 4, 5, 6, 99].map((number) => caller.replay(number)));
    expect(outcomes.map((each) => (each.isSent ? "sent" : each.code))).toEqual([
      "token-request",
      "without-secrets",
      "cut",
      "not-text",
      "without-secrets",
      "not-kept",
    ]);
    expect(outcomes[2]).toMatchObject({ reason: "Only the first 64 kB of its body are kept" });
    expect(sandbox.requests.list()).toHaveLength(6);
  });
});
