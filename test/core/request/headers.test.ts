import { describe, expect, it } from "vitest";
import { apiVersion } from "../../../generated/version.ts";
import type { Enode } from "../../../src/enode.ts";
import { isApiError, isConfigurationError } from "../../../src/errors/index.ts";
import type { RequestOptions } from "../../../src/options.ts";
import { send, useLoopback } from "../../support/loopback.ts";
import { createClient, errorOf, failureOf, stubFetch } from "../../support/stub.ts";

const getVehicle = (enode: Enode, options?: RequestOptions) =>
  enode.request("getVehicle", { path: { vehicleId: "v-1" } }, options);

describe("headers on the wire", () => {
  const start = useLoopback();

  it("say who calls, in which version, and with what", async () => {
    const { baseUrl, tokenUrl, requests } = await start();

    await getVehicle(createClient({ baseUrl, tokenUrl }));

    expect(requests[0]?.headers).toMatchObject({
      accept: "application/json",
      authorization: "Bearer token-1",
      "enode-version": apiVersion,
      "user-agent": expect.stringMatching(/^enode-sdk\/[\d.]+ node\/[\d.]+$/),
    });
    expect(requests[0]?.headers).not.toHaveProperty("content-type");
  });

  it("name the type of a body", async () => {
    const { baseUrl, tokenUrl, requests } = await start();

    await createClient({ baseUrl, tokenUrl }).request("updateLocation", {
      path: { locationId: "l-1" },
      body: { name: "Höme" },
    });

    expect(requests[0]?.headers["content-type"]).toBe("application/json");
    expect(requests[0]?.body).toBe('{"name":"Höme"}');
  });

  it("name the API version of the client's options", async () => {
    const { baseUrl, tokenUrl, requests } = await start();

    await getVehicle(createClient({ baseUrl, tokenUrl, apiVersion: "2030-12-31" }));

    expect(requests[0]?.headers["enode-version"]).toBe("2030-12-31");
  });

  it("hold those of the client and of the call, which wins however its name is written", async () => {
    const { baseUrl, tokenUrl, requests, tokenRequests } = await start();
    const headers = { "X-Trace": "client", "X-Team": "energy", "User-Agent": "mine" };

    await getVehicle(createClient({ baseUrl, tokenUrl, headers }), {
      headers: { "x-trace": "call" },
    });

    expect(requests[0]?.headers).toMatchObject({
      "x-trace": "call",
      "x-team": "energy",
      "user-agent": "mine",
    });
    expect(tokenRequests[0]?.headers).not.toHaveProperty("x-team");
  });

  it.each([301, 302, 303, 307, 308])("are never sent to where a %i points", async (status) => {
    const other = await start();
    const { baseUrl, tokenUrl } = await start({
      api: (_request, response) => {
        response.writeHead(status, { location: `${other.baseUrl}/vehicles/v-1` });
        response.end();
      },
    });

    const error = await failureOf(getVehicle(createClient({ baseUrl, tokenUrl })), isApiError);

    expect(error).toMatchObject({ code: "unexpected_status", status });
    expect(other.requests).toHaveLength(0);
    expect(other.tokenRequests).toHaveLength(0);
  });

  it("come with bodies that are read to their end, so that a few connections serve many calls", async () => {
    const { baseUrl, tokenUrl, connections } = await start({
      api: (_request, response, nth) => send(response, nth % 2 ? 200 : 404, { id: "ok" }),
    });
    const enode = createClient({ baseUrl, tokenUrl });

    for (let call = 0; call < 10; call++) await getVehicle(enode).catch(() => undefined);

    expect(connections()).toBeLessThan(4);
  });
});

describe("headers of the host", () => {
  it.each([
    "authorization",
    "Authorization",
    "AUTHORIZATION",
    "enode-version",
    "Enode-Version",
    "Host",
    "Content-Length",
    "Content-Type",
    "Transfer-Encoding",
    "Expect",
    "Upgrade",
    "Connection",
    "Keep-Alive",
    "TE",
    "Trailer",
    "Proxy-Authorization",
    "Proxy-Connection",
  ])("may not set %s, neither of the client nor of a call", async (name) => {
    const fetch = stubFetch();
    const headers = { [name]: "x" };

    const ofClient = errorOf(() => createClient({ fetch, headers }), isConfigurationError);
    const ofCall = await failureOf(
      getVehicle(createClient({ fetch }), { headers }),
      isConfigurationError,
    );

    expect(ofClient).toMatchObject({ code: "invalid_argument", parameter: "headers" });
    expect(ofCall).toMatchObject({ code: "invalid_argument", parameter: "headers" });
    expect(fetch.tokenRequests).toHaveLength(0);
  });

  it.each([
    ["a value with a line break", { "x-key": "hidden\nvalue" }],
    ["a value that is no Latin", { "x-key": "hidden ✓" }],
    ["a name with a blank", { "x key": "hidden" }],
  ])("are refused without a quote of their value when there is %s", async (_what, headers) => {
    const fetch = stubFetch();

    const error = await failureOf(
      getVehicle(createClient({ fetch }), { headers }),
      isConfigurationError,
    );

    expect(error.parameter).toBe("headers");
    expect(`${error.stack} ${String(error.cause)}`).not.toContain("hidden");
    expect(fetch.tokenRequests).toHaveLength(0);
  });

  it.each([
    ["a Headers object", new Headers({ "x-key": "hidden" })],
    ["pairs", [["x-key", "hidden"]]],
    ["a Map", new Map([["x-key", "hidden"]])],
    ["text", "x-key: hidden"],
    ["null", null],
  ])("are refused as %s, of which nothing or garbage would be sent", async (_what, given) => {
    const fetch = stubFetch();
    const headers = given as unknown as Record<string, string>;
    const refused = { code: "invalid_argument", parameter: "headers" };

    if (given !== null) {
      const ofClient = errorOf(() => createClient({ fetch, headers }), isConfigurationError);
      expect(ofClient).toMatchObject(refused);
      expect(ofClient.message).toContain("Object.fromEntries");
    }
    const ofCall = await failureOf(getVehicle(createClient({ fetch }), { headers }));
    expect(ofCall).toMatchObject(refused);
    expect(fetch.tokenRequests).toHaveLength(0);
  });

  it("are refused when a value is missing", async () => {
    const headers = { "x-key": undefined } as unknown as Record<string, string>;

    await failureOf(
      getVehicle(createClient({ fetch: stubFetch() }), { headers }),
      isConfigurationError,
    );
  });
});
