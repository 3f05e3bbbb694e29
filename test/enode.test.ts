import { afterEach, describe, expect, it, vi } from "vitest";
import { Enode, type EnodeOptions } from "../src/index.ts";
import { createSandbox } from "../src/sandbox/index.ts";
import { clientOver, failureOf } from "./resources/support/client.ts";
import { contractFetch } from "./support/contract.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

const credentials = { clientId: "a-client", clientSecret: "a-secret" };

describe("a client", () => {
  it("shares one token among all its resources and scopes", async () => {
    const sandbox = createSandbox({ clock: "manual", fleet: { users: 1, vehiclesPerUser: 1 } });
    const fetch = vi.fn(contractFetch(sandbox.fetch));
    const enode = new Enode({ environment: "sandbox", ...sandbox.credentials, fetch });
    await Promise.all([
      enode.vehicles.list(),
      enode.chargers.list(),
      enode
        .user("anna")
        .vehicles.list()
        .catch(() => undefined),
      enode.request("listUsers"),
    ]);
    const urls = fetch.mock.calls.map(([request]) => (request as Request).url);
    expect(urls.filter((url) => url.endsWith("/oauth2/token"))).toHaveLength(1);
    expect(urls).toHaveLength(5);
  });

  it("comes from the environment, and what is passed wins", async () => {
    vi.stubEnv("ENODE_CLIENT_ID", "id-of-the-environment");
    vi.stubEnv("ENODE_CLIENT_SECRET", "secret-of-the-environment");
    vi.stubEnv("ENODE_ENVIRONMENT", "sandbox");
    vi.stubEnv("ENODE_API_URL", "http://127.0.0.1:9/api");
    vi.stubEnv("ENODE_TOKEN_URL", "http://127.0.0.1:9/token");
    const requests: Request[] = [];
    const fetch = async (request: Request) => {
      requests.push(request);
      return request.url.endsWith("/token")
        ? Response.json({ access_token: "t", token_type: "bearer", expires_in: 3599 })
        : Response.json({ id: "v-1" });
    };
    await Enode.fromEnv({ fetch }).vehicles.get("v-1");
    await Enode.fromEnv({ fetch, clientId: "passed" }).vehicles.get("v-1");
    // What plain JavaScript passes when a setting of its own is missing.
    const unset: object = { baseUrl: undefined, tokenUrl: undefined, clientId: undefined };
    await Enode.fromEnv({ fetch, ...unset }).vehicles.get("v-1");
    expect(requests.map(({ url }) => url)).toEqual(
      Array(3).fill(["http://127.0.0.1:9/token", "http://127.0.0.1:9/api/vehicles/v-1"]).flat(),
    );
    const basic = requests
      .map(({ headers }) => headers.get("authorization") ?? "")
      .filter((header) => header.startsWith("Basic "))
      .map((header) => atob(header.slice("Basic ".length)));
    expect(basic).toEqual([
      "id-of-the-environment:secret-of-the-environment",
      "passed:secret-of-the-environment",
      "id-of-the-environment:secret-of-the-environment",
    ]);
  });

  it.each(["ENODE_CLIENT_ID", "ENODE_CLIENT_SECRET", "ENODE_ENVIRONMENT"])(
    "names the variable that is missing: %s",
    (missing) => {
      vi.stubEnv("ENODE_CLIENT_ID", "id");
      vi.stubEnv("ENODE_CLIENT_SECRET", "secret");
      vi.stubEnv("ENODE_ENVIRONMENT", "sandbox");
      vi.stubEnv(missing, "");
      expect(() => Enode.fromEnv()).toThrow(expect.objectContaining({ parameter: missing }));
    },
  );

  it("cannot be made of options that cannot work", () => {
    for (const [options, parameter] of [
      [{ ...credentials }, "environment"],
      [{ ...credentials, environment: "staging" }, "environment"],
      [{ environment: "sandbox", clientSecret: "a-secret" }, "clientId"],
      [{ environment: "sandbox", clientId: "a-client" }, "clientSecret"],
      [{ ...credentials, environment: "sandbox", baseUrl: "http://example.com" }, "baseUrl"],
      [undefined, "options"],
    ] as const) {
      // What a caller without types can pass.
      expect(() => new Enode(options as unknown as EnodeOptions)).toThrow(
        expect.objectContaining({ name: "ConfigurationError", parameter }),
      );
    }
  });
});

describe("enode.request", () => {
  it("needs no input where all of it may be left out", async () => {
    const enode = clientOver(async ({ url }) => Response.json({ data: [url], pagination: {} }));
    expect(await enode.request("listVehicles")).toMatchObject({
      data: ["https://enode-api.sandbox.enode.io/vehicles"],
    });
  });

  it("gives the response too", async () => {
    const enode = clientOver(async () => Response.json([], { headers: { "x-request-id": "r" } }));
    const call = enode.request("listIntegrations", {}, { timeout: 1_000 });
    expect(await call.withResponse()).toMatchObject({ data: [], requestId: "r" });
  });

  it.each(["getLinkResult", "createChargerSmartOverride", "toString", "__proto__", "", undefined])(
    "knows no operation %o",
    async (operation) => {
      const fetch = vi.fn(async () => Response.json({}));
      // What a caller without types can pass.
      const call = clientOver(fetch).request(operation as "listUsers");
      expect(await failureOf(call)).toMatchObject({
        name: "ConfigurationError",
        parameter: "operation",
      });
      expect(fetch).not.toHaveBeenCalled();
    },
  );
});
