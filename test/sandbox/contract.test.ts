import { describe, expect, it } from "vitest";
import { type ContractOptions, contractFetch } from "../support/contract.ts";
import { describedOperations } from "../support/openapi.ts";
import { BASE, createHarness, fetchToken } from "./support/harness.ts";

const answering = (body: unknown, status = 200, type = "application/json") =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers: { "content-type": type },
  });

async function complaints(
  response: Response,
  path = "/users/anna",
  init: RequestInit = {},
  options: ContractOptions = {},
): Promise<string[]> {
  const fetch = contractFetch(async () => response, { onViolation: "collect", ...options });
  await fetch(BASE + path, init);
  return fetch.violations.map(
    ({ operationId, where, what }) => `${operationId}, ${where}: ${what}`,
  );
}

const post = (body: unknown): RequestInit => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});

describe("the contract check", () => {
  const user = { id: "anna", linkedVendors: [] };

  it("knows every operation once", () => {
    const ids = describedOperations.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(70);
  });

  it("is content with what the description says", async () => {
    expect(await complaints(answering(user))).toEqual([]);
    expect(
      await complaints(new Response(null, { status: 204 }), "/users/a", { method: "DELETE" }),
    ).toEqual([]);
  });

  it("finds answers that are not as described", async () => {
    const missing = await complaints(answering({ id: "anna" }));
    expect(missing).toEqual(["getUser, response 200: must have required property 'linkedVendors'"]);
    const vendor = { vendor: "TESLA", vendorType: "vehicle", isValid: "yes" };
    expect(await complaints(answering({ id: "anna", linkedVendors: [vendor] }))).toEqual([
      "getUser, response 200 /linkedVendors/0/isValid: must be boolean",
    ]);
    expect(await complaints(answering("<p>"))).toEqual(["getUser, response 200: is not JSON"]);
    expect(await complaints(answering(user, 200, "text/html"))).toEqual([
      "getUser, response 200: has the content type text/html",
    ]);
    expect(await complaints(answering(user), "/users/a", { method: "DELETE" })).toEqual([
      "deleteUser, response 200: is not a described status",
    ]);
    expect(await complaints(answering(user), "/health/ready")).toEqual([
      "getServiceReadiness, response 200: is not a described status",
    ]);
  });

  it("finds members that are not described, at any depth, unless they are allowed", async () => {
    const vendor = { vendor: "TESLA", vendorType: "vehicle", isValid: true, since: 2020 };
    const body = { id: "anna", linkedVendors: [vendor] };
    expect(await complaints(answering(body))).toEqual([
      'getUser, response 200 /linkedVendors/0: must NOT have unevaluated properties: "since"',
    ]);
    expect(await complaints(answering(body), "/users/a", {}, { undeclared: "allowed" })).toEqual(
      [],
    );
  });

  it("finds requests that are not as described", async () => {
    const page = { data: [], pagination: { after: null, before: null } };
    expect(await complaints(answering(page), "/vehicles?pageSize=0")).toEqual([
      "listVehicles, request query pageSize: must be > 0",
    ]);
    expect(await complaints(answering(page), "/vehicles?pageSize=ten")).toHaveLength(1);
    expect(await complaints(answering(page), "/vehicles?limit=5")).toEqual([
      "listVehicles, request query limit: is not described",
    ]);
    expect(await complaints(answering(page), "/vehicles?pageSize=5&after=x")).toEqual([]);
    expect(await complaints(answering({}, 404), "/vehicle")).toEqual([
      "GET /vehicle, request: is not described",
    ]);
    const problem = { type: "x", title: "x", detail: "x" };
    expect(
      await complaints(answering(problem, 400), "/vehicles/x/charging", post({ action: "FLY" })),
    ).toEqual([
      'controlVehicleCharging, request body /action: must be equal to one of the allowed values: ["START","STOP"]',
    ]);
    expect(await complaints(answering(problem, 404), "/vehicles/actions/7")).toEqual([
      'getVehicleAction, request path actionId: must match format "uuid"',
    ]);
  });

  it("lets invalid requests pass that were refused, when asked to", async () => {
    const problem = { type: "x", title: "x", detail: "x" };
    const options = { invalidRequests: "refused-or-violation" } as const;
    const request = post({ action: "FLY" });
    expect(
      await complaints(answering(problem, 400), "/vehicles/x/charging", request, options),
    ).toEqual([]);
    expect(
      await complaints(answering({}, 200), "/vehicles/x/charging", request, options),
    ).not.toEqual([]);
  });

  it("fails the call at once by default", async () => {
    const fetch = contractFetch(async () => answering({ id: 7, linkedVendors: [] }));
    await expect(fetch(`${BASE}/users/7`)).rejects.toThrow(
      "getUser, response 200 /id: must be string",
    );
  });

  it("leaves requests and answers readable", async () => {
    const { sandbox, fetch } = createHarness();
    const authorization = `Bearer ${await fetchToken(sandbox)}`;
    const response = await fetch(`${BASE}/vehicles`, { headers: { authorization } });
    expect(await response.json()).toMatchObject({ data: [] });
    expect([...fetch.operations]).toEqual(["listVehicles"]);
  });

  it("can check the answers of every operation", async () => {
    for (const { method, path, responses } of describedOperations) {
      const filled = path.replaceAll(/\{\w+\}/g, "3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99");
      for (const [status, { schema }] of responses) {
        if (schema === undefined) continue;
        const code = status === "default" ? 418 : Number(status);
        expect(
          await complaints(answering({ "not described": 1 }, code), filled, { method }),
        ).not.toEqual([]);
      }
    }
  });
});
