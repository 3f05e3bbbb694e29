import { describe, expect, it } from "vitest";
import { BASE, createHarness, fetchToken, requestToken } from "../support/harness.ts";

describe("a fault", () => {
  it("strikes the next request that fits, so many times", async () => {
    const { call, sandbox } = createHarness();
    sandbox.faults.next({
      operation: "listVehicles",
      status: 429,
      headers: { "retry-after": "7" },
      times: 2,
    });
    expect((await call("GET", "/chargers")).status).toBe(200);
    const struck = await call("GET", "/vehicles");
    expect([struck.status, struck.headers.get("retry-after")]).toEqual([429, "7"]);
    expect(struck.body.type).toBe("https://developers.enode.com/api/problems/too-many-requests");
    expect((await call("GET", "/vehicles")).status).toBe(429);
    expect((await call("GET", "/vehicles")).status).toBe(200);
  });

  it("can select by path, by method and the token endpoint", async () => {
    const { call, sandbox } = createHarness();
    sandbox.faults.next({ path: /^\/users\//, method: "delete", status: 503 });
    expect((await call("GET", "/users/anna")).status).toBe(404);
    expect((await call("DELETE", "/users/anna")).status).toBe(503);
    sandbox.faults.next({ path: "/vehicles", status: 500 });
    expect((await call("GET", "/vehicles/x")).status).toBe(404);
    expect((await call("GET", "/vehicles")).status).toBe(500);
    sandbox.faults.next({ operation: "token", status: 503, body: { error: "busy" } });
    expect((await call("GET", "/vehicles")).status).toBe(200);
    const { status, body } = await requestToken(sandbox);
    expect([status, body]).toEqual([503, { error: "busy" }]);
  });

  it("answers with any body", async () => {
    const { sandbox } = createHarness();
    sandbox.faults.next({
      status: 502,
      body: "<h1>Bad gateway</h1>",
      headers: { "content-type": "text/html" },
    });
    const response = await sandbox.fetch(`${BASE}/vehicles`);
    expect([response.status, await response.text()]).toEqual([502, "<h1>Bad gateway</h1>"]);
    sandbox.faults.next({ status: 503, body: "" });
    expect(await (await sandbox.fetch(`${BASE}/vehicles`)).text()).toBe("");
  });

  it("breaks the connection as fetch reports it", async () => {
    const { sandbox } = createHarness();
    sandbox.faults.next({ reset: true });
    const error = await sandbox.fetch(`${BASE}/vehicles`).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: "fetch failed", cause: { code: "ECONNRESET" } });
  });

  it("strikes before the request is carried out, or after", async () => {
    const { call, sandbox } = createHarness();
    const { id } = sandbox.devices.add("anna", "vehicle", { actionDelay: 0 });
    const start = () => call("POST", `/vehicles/${id}/charging`, { action: "START" });
    const isCharging = () => sandbox.devices.get(id, "vehicle")?.chargeState.isCharging;
    const operation = "controlVehicleCharging";
    await call("GET", "/vehicles");
    sandbox.faults.next({ operation, reset: true });
    await expect(start()).rejects.toThrow("fetch failed");
    expect(isCharging()).toBe(false);
    sandbox.faults.next({ operation, reset: true, strikes: "after" });
    await expect(start()).rejects.toThrow("fetch failed");
    expect(isCharging()).toBe(true);
  });

  it("holds an answer back, until the caller has had enough", async () => {
    const { call, sandbox } = createHarness();
    sandbox.faults.next({ operation: "listVehicles", delay: 20 });
    const begun = performance.now();
    expect((await call("GET", "/vehicles")).status).toBe(200);
    expect(performance.now() - begun).toBeGreaterThan(15);
    sandbox.faults.next({ delay: 60_000 });
    const slow = sandbox.fetch(`${BASE}/vehicles`, { signal: AbortSignal.timeout(10) });
    await expect(slow).rejects.toThrow(expect.objectContaining({ name: "TimeoutError" }));
    const aborted = sandbox.fetch(`${BASE}/vehicles`, { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toThrow(expect.objectContaining({ name: "AbortError" }));
  });

  it("no longer strikes after clear()", async () => {
    const { sandbox } = createHarness();
    sandbox.faults.next({ status: 500, times: Number.POSITIVE_INFINITY });
    expect((await requestToken(sandbox)).status).toBe(500);
    sandbox.faults.clear();
    await expect(fetchToken(sandbox)).resolves.toEqual(expect.any(String));
  });

  it("must be possible", () => {
    const { faults } = createHarness().sandbox;
    expect(() => faults.next({ times: 0 })).toThrow("times");
    expect(() => faults.next({ status: 99 })).toThrow("status");
    expect(() => faults.next({ delay: -1 })).toThrow("delay");
  });
});
