import { describe, expect, it, vi } from "vitest";
import type { OperationId } from "../../generated/operations.ts";
import { optionsFromEnv } from "../../src/core/resolve-options.ts";
import { Enode } from "../../src/enode.ts";
import { isConfigurationError } from "../../src/errors/index.ts";
import type { EnodeOptions, RequestOptions } from "../../src/options.ts";
import { createClient, errorOf, failureOf, stubFetch } from "../support/stub.ts";

const valid = { clientId: "client-1", clientSecret: "secret-1", environment: "sandbox" } as const;

/** Options as plain JavaScript can pass them. */
const construct = (options: unknown) => new Enode(options as EnodeOptions);

describe("options that cannot work", () => {
  it.each<[string, unknown, string]>([
    ["no options", undefined, "options"],
    ["null for options", null, "options"],
    ["no client ID", { ...valid, clientId: undefined }, "clientId"],
    ["an empty client ID", { ...valid, clientId: "" }, "clientId"],
    ["a blank client ID", { ...valid, clientId: " \n" }, "clientId"],
    ["a client ID with a blank inside", { ...valid, clientId: "a b" }, "clientId"],
    ["no secret", { ...valid, clientSecret: undefined }, "clientSecret"],
    ["an empty secret", { ...valid, clientSecret: "" }, "clientSecret"],
    ["a blank secret", { ...valid, clientSecret: "\t" }, "clientSecret"],
    [
      "a secret that is a promise",
      { ...valid, clientSecret: Promise.resolve("s") },
      "clientSecret",
    ],
    ["no environment", { ...valid, environment: undefined }, "environment"],
    ["an unknown environment", { ...valid, environment: "staging" }, "environment"],
    ["an environment in capitals", { ...valid, environment: "Production" }, "environment"],
    ["a base URL that is none", { ...valid, baseUrl: "enode.example" }, "baseUrl"],
    ["an empty base URL", { ...valid, baseUrl: "" }, "baseUrl"],
    ["a base URL over http", { ...valid, baseUrl: "http://enode.example" }, "baseUrl"],
    ["a base URL over ftp", { ...valid, baseUrl: "ftp://127.0.0.1" }, "baseUrl"],
    [
      "a host that only begins like this one",
      { ...valid, baseUrl: "http://127.0.0.1.example" },
      "baseUrl",
    ],
    ["a host that only ends like this one", { ...valid, baseUrl: "http://xlocalhost" }, "baseUrl"],
    ["credentials in a base URL", { ...valid, baseUrl: "https://a:b@enode.example" }, "baseUrl"],
    ["a query in a base URL", { ...valid, baseUrl: "https://enode.example/?a" }, "baseUrl"],
    ["a fragment in a base URL", { ...valid, baseUrl: "https://enode.example/#a" }, "baseUrl"],
    [
      "the API of the other environment",
      { ...valid, baseUrl: "https://enode-api.production.enode.io" },
      "baseUrl",
    ],
    [
      "the sandbox for production",
      { ...valid, environment: "production", baseUrl: "https://ENODE-API.sandbox.enode.io/" },
      "baseUrl",
    ],
    [
      "the token endpoint of the other environment",
      { ...valid, tokenUrl: "https://oauth.production.enode.io/oauth2/token" },
      "tokenUrl",
    ],
    ["a token URL over http", { ...valid, tokenUrl: "http://enode.example/token" }, "tokenUrl"],
    ["a timeout of 0", { ...valid, timeout: 0 }, "timeout"],
    ["a timeout that is text", { ...valid, timeout: "5" }, "timeout"],
    ["a timeout that is infinite", { ...valid, timeout: Number.POSITIVE_INFINITY }, "timeout"],
    ["a negative deadline", { ...valid, deadline: -1 }, "deadline"],
    ["a deadline that is NaN", { ...valid, deadline: Number.NaN }, "deadline"],
    ["a deadline beyond what timers can hold", { ...valid, deadline: 2 ** 31 }, "deadline"],
    ["negative maxRetries", { ...valid, maxRetries: -1 }, "maxRetries"],
    ["half a retry", { ...valid, maxRetries: 0.5 }, "maxRetries"],
    ["maxRetries that are NaN", { ...valid, maxRetries: Number.NaN }, "maxRetries"],
    ["endless maxRetries", { ...valid, maxRetries: Number.POSITIVE_INFINITY }, "maxRetries"],
    ["maxResponseBytes of 0", { ...valid, maxResponseBytes: 0 }, "maxResponseBytes"],
    [
      "endless maxResponseBytes",
      { ...valid, maxResponseBytes: Number.POSITIVE_INFINITY },
      "maxResponseBytes",
    ],
    ["more than a string holds", { ...valid, maxResponseBytes: 2 ** 30 }, "maxResponseBytes"],
    ["maxConcurrency of 0", { ...valid, maxConcurrency: 0 }, "maxConcurrency"],
    ["half a request in flight", { ...valid, maxConcurrency: 1.5 }, "maxConcurrency"],
    ["maxConcurrency that is text", { ...valid, maxConcurrency: "5" }, "maxConcurrency"],
    [
      "maxConcurrency beyond what sockets there are",
      { ...valid, maxConcurrency: 10_001 },
      "maxConcurrency",
    ],
    ["maxRequestsPerSecond of 0", { ...valid, maxRequestsPerSecond: 0 }, "maxRequestsPerSecond"],
    [
      "maxRequestsPerSecond that is NaN",
      { ...valid, maxRequestsPerSecond: Number.NaN },
      "maxRequestsPerSecond",
    ],
    [
      "maxRequestsPerSecond that is text",
      { ...valid, maxRequestsPerSecond: "5" },
      "maxRequestsPerSecond",
    ],
    [
      "endless maxRequestsPerSecond",
      { ...valid, maxRequestsPerSecond: Number.POSITIVE_INFINITY },
      "maxRequestsPerSecond",
    ],
    ["an address by the sandbox's name", { ...valid, apiUrl: "https://x.example" }, "apiUrl"],
    ["retries by another library's name", { ...valid, retries: 3 }, "retries"],
    ["a misspelt option", { ...valid, timeOut: 3 }, "timeOut"],
    ["an option of calls", { ...valid, signal: AbortSignal.timeout(1) }, "signal"],
    ["an unknown validate", { ...valid, validate: "strict" }, "validate"],
    ["a validate that is a boolean", { ...valid, validate: true }, "validate"],
    ["an API version that is no date", { ...valid, apiVersion: "latest" }, "apiVersion"],
    ["a fetch that is no function", { ...valid, fetch: {} }, "fetch"],
    ["an onDrift that is no function", { ...valid, onDrift: {} }, "onDrift"],
    ["a token store without methods", { ...valid, tokenStore: {} }, "tokenStore"],
    ["a token store that is null", { ...valid, tokenStore: null }, "tokenStore"],
    ["a storage that is null", { ...valid, storage: null }, "storage"],
    ["a storage that is text", { ...valid, storage: "sqlite" }, "storage"],
    ["a storage that does not describe itself", { ...valid, storage: {} }, "storage"],
    ...(
      [
        "tokenStore",
        "userStore",
        "deviceStore",
        "eventStore",
        "activityLog",
        "readingStore",
      ] as const
    ).map((name): [string, unknown, string] => [
      `a storage whose ${name} has no methods`,
      { ...valid, storage: { describe: () => "own", [name]: {} } },
      name,
    ]),
    [
      "a token provider that is no function",
      { environment: "sandbox", tokenProvider: "t" },
      "tokenProvider",
    ],
    [
      "a secret beside a token provider",
      { ...valid, tokenProvider: async () => ({}) },
      "tokenProvider",
    ],
  ])("are refused by name: %s", (_what, options, parameter) => {
    const error = errorOf(() => construct(options), isConfigurationError);

    expect(error.parameter).toBe(parameter);
    expect(error.message).toContain(parameter === "options" ? "new Enode()" : parameter);
  });

  it.each([
    "http://localhost:3000",
    "http://127.0.0.1:3000",
    "http://127.8.9.1",
    "http://[::1]:3000",
    "https://proxy.example/enode/",
  ])("are not these: %s as base and token URL", (url) => {
    expect(() => createClient({ baseUrl: url, tokenUrl: url })).not.toThrow();
  });
});

describe("options that do not exist", () => {
  it.each([
    [{ apiUrl: "x" }, "baseUrl"],
    [{ oauthUrl: "x" }, "tokenUrl"],
    [{ retries: 3 }, "maxRetries"],
    [{ secret: "x" }, "clientSecret"],
    [{ timeOut: 3 }, "timeout"],
    [{ logLevel: "debug" }, undefined],
  ])("name the one that was meant: %j is %s", (wrong, meant) => {
    const error = errorOf(() => construct({ ...valid, ...wrong }), isConfigurationError);

    expect(error.message).toContain(JSON.stringify(Object.keys(wrong)[0]));
    expect(/did you mean (\w+)/.exec(error.message)?.[1]).toBe(meant);
  });

  it("are refused from fromEnv as well", () => {
    const error = errorOf(
      () => Enode.fromEnv({ ...valid, apiUrl: "x" } as never),
      isConfigurationError,
    );

    expect(error.parameter).toBe("apiUrl");
  });

  it("are refused in a call, before anything is sent", async () => {
    const fetch = stubFetch();
    const options = { retries: 1 } as RequestOptions;
    const error = await failureOf(
      createClient({ fetch }).vehicles.get("v", options),
      isConfigurationError,
    );

    expect(error.message).toBe('getVehicle has no option "retries"; did you mean maxRetries?');
    expect(fetch.tokenRequests).toHaveLength(0);
  });
});

describe("addresses", () => {
  const sentTo = async (options: Parameters<typeof createClient>[0]) => {
    const fetch = stubFetch();
    await createClient({ fetch, ...options }).request("getUser", { path: { userId: "u" } });
    return [...fetch.tokenRequests, ...fetch.apiRequests].map(({ request }) => request.url);
  };

  it.each(["sandbox", "production"] as const)("are those of %s", async (environment) => {
    expect(await sentTo({ environment })).toEqual([
      `https://oauth.${environment}.enode.io/oauth2/token`,
      `https://enode-api.${environment}.enode.io/users/u`,
    ]);
  });

  it("keep the path of a proxy", async () => {
    const [, url] = await sentTo({ baseUrl: "https://proxy.example/enode//" });

    expect(url).toBe("https://proxy.example/enode/users/u");
  });
});

describe("calls that cannot work", () => {
  const path = { vehicleId: "v-1" };
  const body = { action: "START" };

  it.each<[string, string, unknown, unknown, string]>([
    ["an unknown operation", "getVehicles", {}, {}, "operation"],
    ["an operation named like a method of objects", "toString", {}, {}, "operation"],
    ["no path", "getVehicle", undefined, {}, "vehicleId"],
    ["an empty ID", "getVehicle", { path: { vehicleId: "" } }, {}, "vehicleId"],
    ["an ID that is ..", "getVehicle", { path: { vehicleId: ".." } }, {}, "vehicleId"],
    ["an unknown query parameter", "listVehicles", { query: { size: 5 } }, {}, "size"],
    ["a query where there is none", "getVehicle", { path, query: { a: 1 } }, {}, "a"],
    ["a pageSize of 0", "listVehicles", { query: { pageSize: 0 } }, {}, "pageSize"],
    ["both cursors", "listVehicles", { query: { after: "a", before: "b" } }, {}, "before"],
    ["no body", "controlVehicleCharging", { path }, {}, "body"],
    ["a body that is null", "controlVehicleCharging", { path, body: null }, {}, "body"],
    ["a body that is text", "controlVehicleCharging", { path, body: "START" }, {}, "body"],
    ["a body with a bigint", "controlVehicleCharging", { path, body: { a: 1n } }, {}, "body"],
    ["a body where there is none", "getVehicle", { path, body }, {}, "body"],
    ["a negative deadline", "getVehicle", { path }, { deadline: -5 }, "deadline"],
    ["a deadline of 0", "getVehicle", { path }, { deadline: 0 }, "deadline"],
    ["a deadline that is NaN", "getVehicle", { path }, { deadline: Number.NaN }, "deadline"],
    ["a timeout of 0", "getVehicle", { path }, { timeout: 0 }, "timeout"],
    ["negative maxRetries", "getVehicle", { path }, { maxRetries: -1 }, "maxRetries"],
    ["a signal that is none", "getVehicle", { path }, { signal: "abort" }, "signal"],
  ])(
    "send nothing and name the argument: %s",
    async (_what, operation, input, options, parameter) => {
      const fetch = stubFetch();
      const call = createClient({ fetch }).request(
        operation as OperationId,
        input as never,
        options as RequestOptions,
      );

      const error = await failureOf(call, isConfigurationError);

      expect(error).toMatchObject({ code: "invalid_argument", parameter });
      expect(fetch.tokenRequests).toHaveLength(0);
      expect(fetch.apiRequests).toHaveLength(0);
    },
  );

  it("are not those whose body is a list", async () => {
    const fetch = stubFetch({ api: () => new Response(null, { status: 204 }) });

    await createClient({ fetch }).request("setTariff", { path: { tariffId: "t" }, body: [] });

    expect(fetch.apiRequests[0]?.body).toBe("[]");
  });

  it("do not quote a body that cannot be written", async () => {
    const body: Record<string, unknown> = { pin: "hidden" };
    body["self"] = body;
    const call = createClient({ fetch: stubFetch() }).request("controlVehicleCharging", {
      path,
      body: body as never,
    });

    const error = await failureOf(call, isConfigurationError);

    expect(`${error.stack} ${String(error.cause)}`).not.toContain("hidden");
  });
});

describe("options from the environment", () => {
  const set = (variables: Record<string, string>) => {
    for (const name of ["CLIENT_ID", "CLIENT_SECRET", "ENVIRONMENT", "API_URL", "TOKEN_URL"]) {
      vi.stubEnv(`ENODE_${name}`, variables[`ENODE_${name}`]);
    }
  };
  const all = {
    ENODE_CLIENT_ID: "id",
    ENODE_CLIENT_SECRET: "secret",
    ENODE_ENVIRONMENT: "production",
  };

  it("are taken, without white space", () => {
    set({ ...all, ENODE_CLIENT_ID: " id\n", ENODE_API_URL: "http://127.0.0.1:1" });

    expect(optionsFromEnv()).toEqual({
      clientId: "id",
      clientSecret: "secret",
      environment: "production",
      baseUrl: "http://127.0.0.1:1",
    });
    expect(Enode.fromEnv()).toBeInstanceOf(Enode);
  });

  it("take the token URL too", () => {
    set({ ...all, ENODE_TOKEN_URL: "http://127.0.0.1:1/token" });

    expect(optionsFromEnv()).toMatchObject({ tokenUrl: "http://127.0.0.1:1/token" });
  });

  it.each(Object.keys(all))("name %s when it is missing", (missing) => {
    set(Object.fromEntries(Object.entries(all).filter(([name]) => name !== missing)));

    const error = errorOf(() => Enode.fromEnv(), isConfigurationError);

    expect(error.parameter).toBe(missing);
    expect(error.message).toContain(missing);
  });

  it.each(Object.keys(all))("name %s when it is blank", (blank) => {
    set({ ...all, [blank]: "  " });

    expect(errorOf(() => Enode.fromEnv(), isConfigurationError).parameter).toBe(blank);
  });

  it("name what is wrong with them", () => {
    set({ ...all, ENODE_ENVIRONMENT: "staging" });

    expect(errorOf(() => Enode.fromEnv(), isConfigurationError).parameter).toBe("environment");
  });

  it("give way to what is passed", () => {
    set({ ...all, ENODE_API_URL: "http://127.0.0.1:1" });

    expect(
      optionsFromEnv({ clientId: "other", environment: "sandbox", baseUrl: "http://127.0.0.1:2" }),
    ).toEqual({
      clientId: "other",
      clientSecret: "secret",
      environment: "sandbox",
      baseUrl: "http://127.0.0.1:2",
    });
  });

  it("need no credentials where a token provider is passed", () => {
    set({ ENODE_ENVIRONMENT: "sandbox" });
    const tokenProvider = async () => ({ token: "t", expiresAt: 1e15 });

    expect(Enode.fromEnv({ tokenProvider })).toBeInstanceOf(Enode);
  });
});

it("an invalid storage is refused with an example", () => {
  const make = () => new Enode({ ...valid, storage: { path: "enode.db" } } as never);
  expect(make).toThrow("such as sqliteStorage({ path }).");
});
