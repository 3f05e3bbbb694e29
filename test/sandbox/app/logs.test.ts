import { describe, expect, it } from "vitest";
import type { RequestEntry } from "../../../src/sandbox/index.ts";
import { Log } from "../../../src/sandbox/shared/log.ts";
import { BASE, createHarness, fetchToken } from "../support/harness.ts";

describe("the log of requests", () => {
  it("lists requests and how they ended", async () => {
    const { call, sandbox } = createHarness();
    await call("GET", "/users/ann%20a");
    sandbox.faults.next({ reset: true });
    await expect(sandbox.fetch(`${BASE}/nowhere?a=b`)).rejects.toThrow("fetch failed");
    await sandbox.fetch(`${BASE}/vehicles`);
    expect(sandbox.requests.list()).toEqual([
      {
        number: 1,
        at: "2025-01-06T08:00:00.000Z",
        method: "POST",
        path: "/oauth2/token",
        operation: "token",
        userId: null,
        status: 200,
        duration: expect.any(Number),
        fault: null,
      },
      expect.objectContaining({
        path: "/users/ann%20a",
        operation: "getUser",
        userId: "ann a",
        status: 404,
      }),
      expect.objectContaining({
        path: "/nowhere",
        operation: null,
        status: null,
        fault: "Reset before handling",
      }),
      expect.objectContaining({ operation: "listVehicles", status: 401 }),
    ]);
  });

  it("never holds a token, a secret, a query or a body", async () => {
    const { call, sandbox, link } = createHarness();
    const token = await fetchToken(sandbox);
    await sandbox.fetch(`${BASE}/vehicles?after=sentinel-query`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const secret = "sentinel-secret-of-this-test";
    await call("POST", "/webhooks", { url: "https://x.test/?key=sentinel-key", secret });
    await link("anna", { vendor: "TESLA" });
    await sandbox.deliver();
    // Nobody answers there in this process, and over HTTP not to those who come by another name.
    await sandbox.fetch(`${BASE}/link/sentinel-link-token`);
    await sandbox.fetch(`${BASE}/${"long/".repeat(1_000)}`);
    expect(Math.max(...sandbox.requests.list().map(({ path }) => path.length))).toBe(200);
    const text = JSON.stringify([sandbox.requests.list(), sandbox.deliveries.list()]);
    expect(text).toContain("/webhooks");
    expect(text).not.toContain("sentinel");
    expect(text).not.toContain(token);
    expect(text).not.toContain(sandbox.credentials.clientSecret);
  });

  it("calls back until it is stopped, whatever a callback throws", async () => {
    const { call, sandbox } = createHarness();
    const heard: (string | null)[] = [];
    sandbox.requests.subscribe(() => {
      throw new Error("not today");
    });
    const stop = sandbox.requests.subscribe(({ operation }) => heard.push(operation));
    await call("GET", "/vehicles");
    stop();
    await call("GET", "/vehicles");
    expect(heard).toEqual(["token", "listVehicles"]);
  });
});

describe("a log", () => {
  it("keeps the last thousand entries", () => {
    const log = new Log<RequestEntry>();
    const entry = {
      at: "",
      method: "GET",
      path: "/",
      operation: null,
      userId: null,
      status: 200,
      duration: 0,
      fault: null,
    };
    for (let count = 0; count < 2_500; count++) log.add(entry);
    const numbers = log.list().map(({ number }) => number);
    expect([numbers.length, numbers[0], numbers.at(-1)]).toEqual([1000, 1501, 2500]);
  });
});
