import { createServer as createPlainServer } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Agent, fetch as undiciFetch } from "undici";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { isConfigurationError, isConnectionError, isTokenError } from "../../src/errors/index.ts";
import type { Fetch, FetchInit } from "../../src/options.ts";
import { send, useLoopback } from "../support/loopback.ts";
import { selfSigned } from "../support/self-signed.ts";
import { createClient, failureOf, json, stubFetch } from "../support/stub.ts";
import { withToken } from "./support/with-token.ts";

const start = useLoopback();
const charge = (enode: Enode) => enode.vehicles.startCharging("v-1");
const getUser = (enode: Enode) => enode.users.get("u-1");

describe("the global fetch", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is given the address and an init without caching, never a Request", async () => {
    const seen: [unknown, RequestInit & { cache?: string }][] = [];
    vi.stubGlobal("fetch", async (input: unknown, init: RequestInit) => {
      seen.push([input, init]);
      return String(input).endsWith("token")
        ? json({ access_token: "token-1", expires_in: 3600 })
        : json({ id: "a" });
    });

    await charge(createClient({ headers: { "X-Key": "k" } }));

    expect(seen.map(([input]) => input)).toEqual([
      "https://oauth.sandbox.enode.io/oauth2/token",
      "https://enode-api.sandbox.enode.io/vehicles/v-1/charging",
    ]);
    for (const [, init] of seen) {
      expect(init).toMatchObject({ method: "POST", redirect: "manual", cache: "no-store" });
      expect(init.signal).toBeInstanceOf(AbortSignal);
    }
    expect(seen[1]?.[1]).toMatchObject({
      body: '{"action":"START"}',
      headers: {
        "x-key": "k",
        authorization: "Bearer token-1",
        "content-type": "application/json",
      },
    });
  });

  it("may be one that loses a 401 to a Request with a body, as frameworks patch it", async () => {
    const { baseUrl, tokenUrl, requests, tokenRequests } = await start({
      api: (_request, response, nth) => send(response, nth === 1 ? 401 : 200, { id: "a" }),
    });
    const original = globalThis.fetch;
    vi.stubGlobal("fetch", (input: unknown, init?: RequestInit) => {
      if (input instanceof Request)
        throw new TypeError("Response body object should not be disturbed");
      return original(input as string, init);
    });

    await charge(createClient({ baseUrl, tokenUrl }));

    expect(requests).toHaveLength(2);
    expect(tokenRequests).toHaveLength(2);
    expect(requests[1]).toMatchObject({ method: "POST", body: '{"action":"START"}' });
  });

  it("gets no cache option where the runtime refuses it", async () => {
    const OriginalRequest = globalThis.Request;
    vi.stubGlobal(
      "Request",
      class extends OriginalRequest {
        constructor(input: string, init?: RequestInit) {
          if (init && "cache" in init) throw new Error("The 'cache' field is not implemented.");
          super(input, init);
        }
      },
    );
    const seen: object[] = [];
    vi.stubGlobal("fetch", async (_url: unknown, init: object) => {
      seen.push(init);
      return json({ id: "u" });
    });

    await getUser(withToken({}));
    await getUser(
      withToken({
        fetch: async (request, init) => {
          seen.push(init ?? {});
          return json({ id: request.url });
        },
      }),
    );

    expect(seen).toHaveLength(2);
    for (const init of seen) expect(init).not.toHaveProperty("cache");
  });
});

describe("a fetch of the host", () => {
  it("gets a Request that is not to be cached, and the same in parts", async () => {
    const seen: [Request, FetchInit | undefined, string][] = [];
    const enode = withToken({
      headers: { "x-key": "k" },
      fetch: async (request, init) => {
        seen.push([request, init, await request.clone().text()]);
        return json({ id: "a" });
      },
    });

    await charge(enode);

    const [request, init, body] = seen[0] ?? [];
    expect(request).toMatchObject({ method: "POST", cache: "no-store", redirect: "manual" });
    expect(request?.headers.get("x-key")).toBe("k");
    expect(body).toBe('{"action":"START"}');
    expect(init).toMatchObject({ method: "POST", cache: "no-store", redirect: "manual" });
    expect(init?.headers).toMatchObject({ "x-key": "k", authorization: "Bearer token-1" });
    expect(init?.body).toBe('{"action":"START"}');
    expect(init?.signal).toBeInstanceOf(AbortSignal);
  });

  it("is called without a this of ours, as workerd asks of its own", async () => {
    const stub = stubFetch();
    const strict = function (this: unknown, request: Request) {
      if (this !== undefined && this !== globalThis) throw new TypeError("Illegal invocation");
      return stub(request);
    };

    await getUser(createClient({ fetch: strict }));

    expect(stub.apiRequests).toHaveLength(1);
  });

  it("may give a thenable", async () => {
    const then = (resolve: (response: Response) => void) => resolve(json({ id: "u" }));

    expect(await getUser(withToken({ fetch: () => ({ then }) as never }))).toEqual({ id: "u" });
  });

  it.each<[string, Fetch]>([
    [
      "takes the address and the parts",
      (request, init) =>
        undiciFetch(request.url, {
          ...init,
          dispatcher: new Agent(),
        }) as unknown as Promise<Response>,
    ],
    ["is that of undici itself", undiciFetch as unknown as Fetch],
    [
      "hands on both arguments",
      ((request: string, init: object) =>
        undiciFetch(request, { ...init, dispatcher: new Agent() })) as unknown as Fetch,
    ],
  ])("works when it %s", async (_what, fetch) => {
    const { baseUrl, tokenUrl, requests, tokenRequests } = await start();
    const enode = createClient({ baseUrl, tokenUrl, fetch });

    await charge(enode);
    await getUser(enode);

    expect(tokenRequests).toHaveLength(1);
    expect(requests).toMatchObject([
      { method: "POST", body: '{"action":"START"}', headers: { authorization: "Bearer token-1" } },
      { method: "GET", url: "/users/u-1" },
    ]);
  });

  it("of another implementation that drops the parts fails at once, with the line that works", async () => {
    const { baseUrl, tokenUrl, requests } = await start();
    let calls = 0;
    const fetch = ((request: string) => {
      calls++;
      return undiciFetch(request, { dispatcher: new Agent() });
    }) as unknown as Fetch;

    const error = await failureOf(
      getUser(withToken({ baseUrl, tokenUrl, fetch })),
      isConfigurationError,
    );

    expect(error).toMatchObject({ code: "invalid_option", parameter: "fetch" });
    expect(error.message).toContain("undici.fetch(request.url, { ...init, dispatcher })");
    expect(calls).toBe(1);
    expect(requests).toHaveLength(0);
  });

  it("that quotes its Request in an error is not called again: the command may have been sent", async () => {
    let calls = 0;
    const fetch: Fetch = async (request, init) => {
      calls++;
      // Read, as the global fetch does.
      void init?.method;
      throw new Error(`${request} failed`, {
        cause: Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }),
      });
    };

    const error = await failureOf(charge(withToken({ fetch })), isConnectionError);

    expect(error.beforeSend).toBe(false);
    expect(calls).toBe(1);
  });

  it.each<[string, () => never | Promise<Response>]>([
    ["a mistake in it", () => (undefined as unknown as { a: { b: never } }).a.b],
    ["no Response", () => Promise.resolve({} as Response)],
    ["a URL that is none", () => new URL("enode") as never],
  ])("that fails by itself is no failure of the network: %s", async (_what, fail) => {
    let calls = 0;
    const fetch = async () => {
      calls++;
      return fail();
    };

    const error = await failureOf(getUser(withToken({ fetch })), isConnectionError);

    expect(calls).toBe(1);
    expect(error.attempts).toBe(1);
  });

  it("that fails with a TypeError over a failure of the network is asked again", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    let calls = 0;
    const fetch = async () => {
      if (++calls > 1) return json({ id: "u" });
      throw new TypeError("my proxy", {
        cause: Object.assign(new Error("r"), { code: "ECONNRESET" }),
      });
    };

    expect(await getUser(withToken({ fetch }))).toEqual({ id: "u" });
  });

  it("that fails by itself is not asked for a token again", async () => {
    let calls = 0;
    const fetch = async () => {
      calls++;
      return (undefined as unknown as { a: { b: never } }).a.b;
    };

    const error = await failureOf(getUser(createClient({ fetch })), isTokenError);

    expect(error.code).toBe("token_unavailable");
    expect(error.message).toContain("given as fetch");
    expect(calls).toBe(1);
  });
});

describe("a certificate that nobody trusts", () => {
  it("ends a read and a command at once, and names the cure", async () => {
    let requests = 0;
    const server = createServer(selfSigned, () => requests++);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    for (const call of [getUser, charge]) {
      const error = await failureOf(call(withToken({ baseUrl })), isConnectionError);

      expect(error).toMatchObject({ attempts: 1, beforeSend: true });
      expect(error.message).toContain("nothing was sent");
      expect(error.message).toContain("NODE_EXTRA_CA_CERTS");
      expect(error.message).toContain("--use-system-ca");
      expect(error.cause).toMatchObject({
        cause: { cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" } },
      });
    }
    expect(requests).toBe(0);
    await new Promise((resolve) => server.close(resolve));
  });

  it("ends a token exchange at once, and names the cure", async () => {
    const server = createServer(selfSigned);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    let connections = 0;
    server.on("connection", () => connections++);
    const tokenUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}/token`;

    const error = await failureOf(getUser(createClient({ tokenUrl })), isTokenError);

    expect(connections).toBe(1);
    expect(error.message).toContain("NODE_EXTRA_CA_CERTS");
    await new Promise((resolve) => server.close(resolve));
  });

  it("is not the matter when the server speaks no TLS, but that ends at once as well", async () => {
    const server = createPlainServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

    const error = await failureOf(charge(withToken({ baseUrl })), isConnectionError);

    expect(error).toMatchObject({ attempts: 1, beforeSend: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});
