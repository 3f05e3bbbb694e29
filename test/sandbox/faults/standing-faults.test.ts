import { describe, expect, it } from "vitest";
import { OPEN_ENUMS } from "../../../src/sandbox/faults/unknown-values.ts";
import { description } from "../../support/openapi.ts";
import { BASE, createHarness, fetchToken } from "../support/harness.ts";

/** A sandbox, and a caller with a token whose odd traffic nobody checks. */
async function setUp(vehicles = 1) {
  const { sandbox } = createHarness({ fleet: { users: 1, vehiclesPerUser: vehicles } });
  const headers = { authorization: `Bearer ${await fetchToken(sandbox)}` };
  const get = (path: string, init: RequestInit = {}) =>
    sandbox.fetch(BASE + path, { headers, ...init });
  return { sandbox, get };
}

describe("a standing fault", () => {
  it("strikes until it is cleared, and counts", async () => {
    const { sandbox, get } = await setUp();
    const fault = sandbox.faults.set({ operation: "listVehicles", status: 500 });
    for (let count = 0; count < 3; count++) expect((await get("/vehicles")).status).toBe(500);
    expect((await get("/chargers")).status).toBe(200);
    expect(sandbox.faults.list()).toEqual([
      {
        id: fault.id,
        title: "Status 500",
        preset: null,
        fault: { operation: "listVehicles", status: 500 },
        struck: 3,
        clear: expect.any(Function),
      },
    ]);
    sandbox.faults.list()[0]?.clear();
    fault.clear();
    expect(sandbox.faults.list()).toEqual([]);
    expect((await get("/vehicles")).status).toBe(200);
  });

  it("ends by itself after so many times", async () => {
    const { sandbox, get } = await setUp();
    sandbox.faults.set({ status: 500, times: 1 });
    expect((await get("/vehicles")).status).toBe(500);
    expect((await get("/vehicles")).status).toBe(200);
    expect(sandbox.faults.list()).toEqual([]);
  });

  it("strikes in bursts", async () => {
    const { sandbox, get } = await setUp();
    sandbox.faults.set("server-errors");
    const statuses: number[] = [];
    for (let count = 0; count < 6; count++) statuses.push((await get("/vehicles")).status);
    expect(statuses).toEqual([503, 503, 200, 200, 503, 503]);
  });

  it("strikes together with others, behind one that waits", async () => {
    const { sandbox, get } = await setUp();
    sandbox.faults.set({ title: "Odd", status: 418, headers: { "x-odd": "1" } });
    sandbox.faults.set("rate-limited", { operation: "listVehicles" });
    sandbox.faults.next({ status: 599 });
    expect((await get("/vehicles")).status).toBe(599);
    const response = await get("/vehicles");
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "5"]);
    expect((await get("/chargers")).status).toBe(418);
    const faults = sandbox.requests.list().map(({ fault }) => fault);
    expect(faults).toEqual([null, "Status 599", "Odd, Too many requests", "Odd"]);
  });

  it("must be possible", () => {
    const { faults } = createHarness().sandbox;
    // @ts-expect-error: no such preset
    expect(() => faults.set("nothing")).toThrow('no fault "nothing"; there are slow, rate-limited');
    expect(() => faults.set({ status: 500, bursts: { of: 3, every: 2 } })).toThrow("bursts");
    expect(() => faults.set({ delivery: "dropped", times: 0 })).toThrow("times");
  });

  it.each(createHarness().sandbox.faults.presets)("has a preset $id: $title", async (preset) => {
    const { sandbox, get } = await setUp(3);
    const { id } = sandbox.faults.set(preset.id);
    expect(sandbox.faults.list()).toMatchObject([{ id, preset: preset.id, title: preset.title }]);
    expect(preset.description).toMatch(/^[A-Z].*\.$/);
    if (/deliver|event|update|discover/.test(preset.id) || preset.id === "slow") return;
    const { pagination } = JSON.parse(await (await plain(sandbox, "/vehicles?pageSize=1")).text());
    const path = `/vehicles?pageSize=1&after=${pagination.after}`;
    const outcome = await get(path, { signal: AbortSignal.timeout(50) })
      .then(async (response) => `${response.status} ${await response.text()}`)
      .catch(String);
    expect(outcome).not.toBe(`200 ${await (await plain(sandbox, path)).text()}`);
    expect(sandbox.requests.list().some(({ fault }) => fault === preset.title)).toBe(true);
  });
});

/** The usual answer to a request, whatever faults stand. */
async function plain(sandbox: Awaited<ReturnType<typeof setUp>>["sandbox"], path: string) {
  // A delay of nothing goes before the faults that stand.
  sandbox.faults.next({ operation: "token", delay: 0 });
  const token = await fetchToken(sandbox);
  sandbox.faults.next({ operation: "listVehicles", delay: 0 });
  return sandbox.fetch(BASE + path, { headers: { authorization: `Bearer ${token}` } });
}

describe("a spoilt token", () => {
  it.each(["expired", "revoked"] as const)("is %s for good", async (token) => {
    const { sandbox, get } = await setUp();
    sandbox.faults.next({ token });
    const response = await get("/vehicles");
    expect(response.status).toBe(401);
    expect(await response.text()).toContain(token);
    expect((await get("/vehicles")).status).toBe(401);
    expect((await get("/health/ready")).status).toBe(204);
    const fresh = await fetchToken(sandbox);
    expect((await get("/vehicles", { headers: { authorization: `Bearer ${fresh}` } })).status).toBe(
      200,
    );
  });
});

describe("a body that is cut", () => {
  it("ends after its first half as though it were whole", async () => {
    const { sandbox, get } = await setUp();
    const whole = await (await get("/vehicles")).text();
    sandbox.faults.next({ cut: "short" });
    const response = await get("/vehicles");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.text()).toBe(whole.slice(0, whole.length >> 1));
  });

  it("breaks as fetch reports it", async () => {
    const { sandbox, get } = await setUp();
    sandbox.faults.next({ cut: "broken" });
    const response = await get("/vehicles");
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow(new TypeError("terminated"));
  });

  it("stalls until the caller has had enough", async () => {
    const { sandbox, get } = await setUp();
    sandbox.faults.set({ cut: "stalled" });
    const response = await get("/vehicles", { signal: AbortSignal.timeout(20) });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow(
      expect.objectContaining({ name: "TimeoutError" }),
    );
    const left = await get("/vehicles");
    await left.body?.cancel();
  });

  it("is left alone when there is none", async () => {
    const { sandbox, get } = await setUp();
    sandbox.faults.next({ cut: "broken" });
    expect((await get("/health/ready")).status).toBe(204);
  });
});

describe("an answer with unknowns", () => {
  it("holds members and values that nobody knows", async () => {
    const { sandbox, get } = await setUp();
    sandbox.faults.next({ unknowns: true });
    expect(await (await get("/vehicles")).json()).toMatchObject({
      sandboxUnknown: "SANDBOX_UNKNOWN",
      data: [
        {
          userId: "user-1",
          vendor: "SANDBOX_UNKNOWN",
          information: { brand: "Tesla", sandboxUnknown: "SANDBOX_UNKNOWN" },
          chargeState: { powerDeliveryState: "SANDBOX_UNKNOWN", isCharging: false },
        },
      ],
    });
    expect(await (await get("/vehicles")).json()).toMatchObject({ data: [{ vendor: "TESLA" }] });
  });
});

describe("a repeated cursor", () => {
  it("strikes pages after the first", async () => {
    const { sandbox, get } = await setUp(4);
    sandbox.faults.set({ repeatCursor: true });
    const first = JSON.parse(await (await get("/vehicles?pageSize=1")).text());
    const { after } = first.pagination;
    const second = JSON.parse(await (await get(`/vehicles?pageSize=1&after=${after}`)).text());
    expect(second.pagination.after).toBe(after);
    expect(second.data[0].id).not.toBe(first.data[0].id);
    expect(sandbox.requests.list().map(({ fault }) => fault)).toEqual([
      null,
      null,
      "Repeated cursor",
    ]);
  });
});

describe("the members that get unknown values", () => {
  type Schema = { readonly [key: string]: unknown };

  /** Every property of this name, wherever the description has it. */
  function* properties(node: unknown): Generator<[string, Schema]> {
    if (typeof node !== "object" || node === null) return;
    if ("properties" in node) yield* Object.entries(node.properties as Record<string, Schema>);
    for (const child of Object.values(node)) yield* properties(child);
  }

  function has(schema: unknown, keyword: string): boolean {
    if (typeof schema !== "object" || schema === null) return false;
    if (keyword in schema) return true;
    const { $ref, items, oneOf, anyOf, allOf } = schema as Schema;
    const schemas = (description["components"] as { schemas: Schema }).schemas;
    const named = typeof $ref === "string" ? schemas[$ref.split("/").at(-1) ?? ""] : undefined;
    return [named, items, oneOf, anyOf, allOf].flat().some((each) => has(each, keyword));
  }

  it.each([...OPEN_ENUMS])("are open in the description: %s", (name) => {
    const found = [...properties(description)].filter(([each]) => each === name);
    expect(found.some(([, schema]) => has(schema, "x-open-enum"))).toBe(true);
    const isClosed = (schema: Schema) =>
      (has(schema, "enum") || has(schema, "const")) && !has(schema, "x-open-enum");
    expect(found.filter(([, schema]) => isClosed(schema))).toEqual([]);
  });
});
