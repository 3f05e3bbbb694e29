import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { Enode } from "../../src/enode.ts";
import { type EnodeError, isEnodeError } from "../../src/errors/index.ts";
import type { Hooks, Logger } from "../../src/hooks.ts";
import type { EnodeOptions, RequestOptions } from "../../src/options.ts";
import type { StoredToken, TokenStore } from "../../src/storage/contracts/index.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { send, useLoopback } from "../support/loopback.ts";
import { json, type StubRequest, stubFetch } from "../support/stub.ts";

/** With characters that each encoding writes differently. */
const secret = "sentinel/Secret+one=&two";
const token = "sentinelToken.abc-DEF_123~/+==";
/** Another one, which only the host's own code has ever seen. */
const foreign = "foreignToken.xyz-987";
const clientId = "client-1";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const pair = `${clientId}:${secret}`;
const encodedPair = `${encodeURIComponent(clientId)}:${encodeURIComponent(secret)}`;

const inAllForms = (...texts: string[]) =>
  texts.flatMap((text) => [
    text,
    base64(text),
    Buffer.from(text).toString("base64url"),
    encodeURIComponent(text),
    encodeURIComponent(base64(text)),
    new URLSearchParams({ a: text }).toString().slice(2),
  ]);

/** What must never be seen. */
const forms = inAllForms(secret, token, foreign, pair, encodedPair);

/** A text in which a server or library quotes everything that it was sent with a client's secret. */
const echoOfSecret = [
  `Authorization: Basic ${base64(encodedPair)}`,
  ...inAllForms(secret, pair, encodedPair),
].join(" | ");

/** The same for everything a client has. */
const echo = [echoOfSecret, `Authorization: Bearer ${token}`, ...inAllForms(token)].join(" | ");

const echoedProblem = {
  type: `https://example.com/problems/${token}`,
  title: `Refused: ${echo}`,
  detail: echo,
  issues: [{ path: [token], message: echo, [token]: token }],
  headers: { authorization: `Bearer ${token}` },
};

interface Scene {
  api?: (request: StubRequest) => Response | Promise<Response>;
  token?: (request: StubRequest) => Response | Promise<Response>;
  options?: Partial<EnodeOptions>;
  request?: RequestOptions;
  /** Abort the call once it is under way. */
  abort?: true;
  operation?: "getVehicleAction" | "cancelVehicleAction";
  input?: object;
}

const hang = () => new Promise<Response>(() => {});
const giveToken = () => json({ access_token: token, token_type: "bearer", expires_in: 3600 });
const throwing = (message: string) => async () => {
  throw new Error(message, { cause: new Error(`because of ${message}`) });
};
const store = (methods: Partial<TokenStore>): TokenStore => ({
  get: async () => undefined,
  set: async () => true,
  delete: async () => undefined,
  ...methods,
});
/** A fetch that fails as HTTP clients do: with all of the request attached. */
const failingWith = (name: string, text: string) => (request: StubRequest) => {
  const error = new TypeError(`fetch failed for ${text}`, {
    cause: Object.assign(new Error(`${name}: ${text}`), {
      code: name,
      headers: Object.fromEntries(request.request.headers),
    }),
  });
  throw Object.assign(error, { request: request.request, options: { secret, token } });
};

/** Every way in which a call was found to fail, and the code of the error that it must end with. */
const scenes: Record<string, [code: string | undefined, scene: Scene]> = {
  ...Object.fromEntries(
    [400, 401, 403, 404, 409, 418, 422, 429, 500, 503].map((status) => [
      `a ${status} with a problem that echoes everything`,
      [expect.any(String), { api: () => json(echoedProblem, status, { "x-request-id": token }) }],
    ]),
  ),
  "a page that echoes everything": [
    "server_error",
    { api: () => new Response(`<html>${echo}</html>`, { status: 500 }) },
  ],
  "JSON of another kind that echoes everything": [
    "conflict",
    { operation: "cancelVehicleAction", api: () => json({ message: echo }, 409) },
  ],
  "a success of another type": [
    "unexpected_content_type",
    {
      api: () => new Response(echo, { headers: { "content-type": `text/html; token="${token}"` } }),
    },
  ],
  "a success that is not JSON": [
    "invalid_json",
    { api: () => new Response(echo, { headers: { "content-type": "application/json" } }) },
  ],
  "a redirect": [
    "unexpected_status",
    {
      api: () =>
        new Response(null, { status: 302, headers: { location: `https://x.test/${token}` } }),
    },
  ],
  "an answer that departs from the description": [
    "schema_mismatch",
    { options: { validate: "throw" }, api: () => json({ id: { [token]: echo }, state: 5 }) },
  ],
  "a reset": ["connection_failed", { api: failingWith("ECONNRESET", echo) }],
  "a refused connection": ["connection_failed", { api: failingWith("ECONNREFUSED", echo) }],
  "a fetch that throws text": [
    "connection_failed",
    {
      api: () => {
        throw echo;
      },
    },
  ],
  "an attempt that takes too long": ["attempt_timeout", { api: hang }],
  "a call that takes too long": ["deadline_exceeded", { api: hang, request: { deadline: 5_000 } }],
  "a signal": ["aborted", { api: hang, abort: true }],
  "credentials that are wrong, echoed by the token endpoint": [
    "token_refused",
    { token: () => json({ error: secret, error_description: echo, hint: echo }, 401) },
  ],
  "credentials that are wrong, with a known code": [
    "token_refused",
    { token: () => json({ error: "invalid_client", error_description: echo }, 400) },
  ],
  "a token endpoint that fails with a page": [
    "token_unavailable",
    { token: () => new Response(echo, { status: 502 }) },
  ],
  "a token endpoint that cannot be reached": [
    "token_unavailable",
    { token: failingWith("ECONNREFUSED", echoOfSecret) },
  ],
  "a token endpoint that hangs": ["token_unavailable", { token: hang }],
  "a token answer that is cut off": [
    "token_unavailable",
    { token: () => new Response(`{"access_token":"${token}","expires_in":36`) },
  ],
  "a token answer without an expiry": [
    "invalid_token_response",
    { token: () => json({ access_token: token, expires_in: echo, token_type: "bearer" }) },
  ],
  "a token that no header can hold": [
    "invalid_token_response",
    { token: () => json({ access_token: `${token}\n`, expires_in: 3600 }) },
  ],
  "a token of another type": [
    "invalid_token_response",
    { token: () => json({ access_token: token, expires_in: 3600, token_type: echo }) },
  ],
  "a token answer that is too large": [
    "invalid_token_response",
    { token: () => new Response(`${echo}${"x".repeat(1024 * 1024)}`) },
  ],
  "a secret provider that quotes the secret": [
    "token_unavailable",
    { options: { clientSecret: throwing(`vault: ${secret} ${foreign}`) } },
  ],
  "a secret provider that returns a malformed secret": [
    "invalid_option",
    { options: { clientSecret: async () => `${secret} ${secret}` } },
  ],
  "a token provider that quotes a token": [
    "token_unavailable",
    {
      options: { clientSecret: undefined, tokenProvider: throwing(`enclave: ${foreign}`) } as never,
    },
  ],
  "a token provider that returns a malformed token": [
    "invalid_token_response",
    {
      options: {
        clientSecret: undefined,
        tokenProvider: async () => ({ token: `${foreign}\n`, expiresAt: 1e15 }),
      } as never,
    },
  ],
  "a token store that quotes tokens": [
    undefined,
    {
      options: {
        tokenStore: store({
          get: throwing(`cannot decrypt ${foreign}`),
          set: async (_key, value) => throwing(`disk full at ${value} ${base64(value)}`)() as never,
        }),
      },
    },
  ],
  "a token store that parses a bare token": [
    undefined,
    { options: { tokenStore: store({ get: async () => JSON.parse(foreign) }) } },
  ],
  "a token store that returns garbage": [
    undefined,
    {
      options: {
        tokenStore: store({ get: async () => ({ token: `${foreign}\n`, expiresAt: 1e15 }) }),
      },
    },
  ],
  "a token store with a token that is refused": [
    undefined,
    {
      api: ({ token: used }) => (used === foreign ? json(echoedProblem, 401) : json({ id: "ok" })),
      options: {
        tokenStore: store({
          get: async (): Promise<StoredToken> => ({ token: foreign, expiresAt: Date.now() + 1e7 }),
        }),
      },
    },
  ],
  "a header that is not allowed": [
    "invalid_argument",
    { request: { headers: { "x-key": `${token}\n${token}` } } },
  ],
  "a header that would replace the token": [
    "invalid_argument",
    { request: { headers: { Authorization: `Bearer ${token}` } } },
  ],
  "a body that cannot be": ["invalid_argument", { input: { body: token } }],
  "a drift that is reported": [
    undefined,
    { options: { validate: "report" }, api: () => json({ id: { [token]: echo }, state: 5 }) },
  ],
};

/** Everything that can be seen of a value. */
function allOf(value: unknown): string {
  const texts = [String(value), JSON.stringify(value) ?? ""];
  texts.push(inspect(value, { depth: 12, showHidden: true, getters: true, maxStringLength: null }));
  for (let at: unknown = value; at instanceof Error; at = at.cause) {
    texts.push(
      at.message,
      at.stack ?? "",
      String(at),
      JSON.stringify(at),
      `${Reflect.get(at, "code")}`,
    );
    texts.push(inspect(at, { depth: 12, showHidden: true, maxStringLength: null }));
  }
  return texts.join("\n");
}

function expectNoSentinel(text: string): void {
  expect(forms.filter((form) => text.includes(form))).toEqual([]);
  // Not in any mixture of cases, nor in part.
  expect(text.toLowerCase()).not.toMatch(/sentinel(\/|%2f)?(secret|token)|foreigntoken/);
}

/** A client with everything that listens, and all that was heard. */
function observed(options: Partial<EnodeOptions>, loggerExtra: object) {
  const heard: unknown[] = [];
  const hear = (...values: unknown[]) => heard.push(...values);
  const logger: Logger = { ...loggerExtra, debug: hear, info: hear, warn: hear, error: hear };
  const hooks: Hooks = {
    onRequest: hear,
    onResponse: hear,
    onRetry: hear,
    onTokenRefresh: hear,
    onError: hear,
  };
  const enode = new Enode({
    clientId,
    clientSecret: secret,
    environment: "sandbox",
    maxRetries: 1,
    logger,
    hooks,
    onDrift: hear,
    ...options,
  } as EnodeOptions);
  return { enode, heard };
}

async function play(
  scene: Scene,
  loggerExtra: object,
): Promise<[EnodeError | undefined, unknown[]]> {
  vi.spyOn(Math, "random").mockReturnValue(0);
  const { api = () => json({ id: "ok" }), operation = "getVehicleAction" } = scene;
  const fetch = stubFetch({ token: scene.token ?? giveToken, api });
  const { enode, heard } = observed({ fetch, ...scene.options }, loggerExtra);
  const controller = new AbortController();
  const input = { path: { actionId: "a-1" }, ...scene.input };
  const options = { signal: controller.signal, ...scene.request };
  let failure: EnodeError | undefined;
  let done = false;
  const call = enode
    .request(operation, input, options)
    .then(
      () => undefined,
      (error: unknown) => {
        if (!isEnodeError(error)) throw error;
        failure = error;
      },
    )
    .finally(() => {
      done = true;
    });
  for (let second = 0; !done && second < 60; second++) {
    await pass(1_000);
    if (scene.abort) controller.abort();
  }
  await call;
  // What is wrong with the arguments is not an event of a call.
  if (failure?.code !== "invalid_argument" && heard.length === 0) {
    throw new Error("Nothing was heard, so nothing would be checked.");
  }
  heard.push(enode, enode.vehicles, enode.user("u-1"));
  return [failure, heard];
}

describe("neither secret nor token can be seen", () => {
  useFakeClock();

  describe.each([
    ["console", {}],
    ["pino", { bindings: () => ({}) }],
  ])("with a logger of the shape of %s", (_shape, loggerExtra) => {
    it.each(Object.entries(scenes))("after %s", async (_what, [code, scene]) => {
      const [error, heard] = await play(scene, loggerExtra);

      expect(error?.code).toEqual(code);
      expectNoSentinel(allOf(error));
      for (const value of heard) expectNoSentinel(allOf(value));
    });
  });

  it("in an error about a secret that is malformed from the start", () => {
    for (const options of [{ clientSecret: `${secret}\n${secret}` }, { clientId: `${secret} x` }]) {
      let failure: unknown;
      try {
        observed(options, {});
      } catch (error) {
        failure = error;
      }

      expect(isEnodeError(failure)).toBe(true);
      expectNoSentinel(allOf(failure));
    }
  });

  it("in an error about a URL with credentials", () => {
    let failure: unknown;
    try {
      observed({ baseUrl: `https://user:${encodeURIComponent(secret)}@enode.example` }, {});
    } catch (error) {
      failure = error;
    }

    expect(isEnodeError(failure)).toBe(true);
    expectNoSentinel(allOf(failure));
  });

  it("after one token was replaced by another, in an answer that echoes the first", async () => {
    const tokens = [token, "second-token-value"];
    const fetch = stubFetch({
      token: ({ nth }) => json({ access_token: tokens[nth - 1], expires_in: 3600 }),
      api: () => json(echoedProblem, 401),
    });
    const { enode, heard } = observed({ fetch }, {});
    let failure: unknown;

    await enode.request("getUser", { path: { userId: "u" } }).catch((error: unknown) => {
      failure = error;
    });

    expect(failure).toMatchObject({ code: "authentication_failed", attempts: 2 });
    for (const value of [failure, ...heard]) expectNoSentinel(allOf(value));
  });
});

describe("the secrets of a webhook cannot be seen", () => {
  const webhookSecret = 'sentinel/Secret "hook" +=&';
  const headerValue = "sentinelToken of the header \\ +=&";
  const webhookForms = inAllForms(webhookSecret, headerValue).flatMap((form) => [
    form,
    JSON.stringify(form).slice(1, -1),
  ]);
  const subscription = {
    url: "https://example.com/hook",
    secret: webhookSecret,
    authentication: { headerName: "x-key", headerValue },
  };
  const existing = { id: "w-1", url: subscription.url, createdAt: "2026-01-01T00:00:00.000Z" };
  const pageOf = (...data: object[]) => json({ data, pagination: { after: null, before: null } });
  const echoing = (body: string, status = 422) =>
    json(
      { type: "t", title: `Refused: ${body}`, detail: webhookForms.join(" "), issues: [body] },
      status,
      { "x-request-id": encodeURIComponent(webhookSecret) },
    );

  it.each<[string, string, (request: StubRequest) => Response]>([
    ["a create that is refused with an echo", "POST", ({ body }) => echoing(body)],
    ["an update that is refused with an echo", "PATCH", ({ body }) => echoing(body)],
    ["a create whose outcome is unknown", "POST", ({ body }) => echoing(body, 503)],
    ["a reset of a create", "POST", ({ body }) => failingWith("ECONNRESET", body)({} as never)],
    ["a create that is answered with a page", "POST", ({ body }) => new Response(body)],
    ["an update that is answered with a page", "PATCH", ({ body }) => new Response(body)],
  ])("after %s", async (_what, method, answer) => {
    const fetch = stubFetch({
      token: giveToken,
      api: (request) => {
        if (request.request.method === method) return answer(request);
        return method === "PATCH" ? pageOf(existing) : pageOf();
      },
    });
    const { enode, heard } = observed({ fetch, maxRetries: 0 }, {});
    let failure: unknown;

    await enode.webhooks.ensure(subscription).catch((error: unknown) => {
      failure = error;
    });

    expect(fetch.apiRequests.some(({ body }) => body.includes("sentinel"))).toBe(true);
    expect(isEnodeError(failure)).toBe(true);
    for (const value of [failure, ...heard]) {
      const text = allOf(value);
      expect(webhookForms.filter((form) => text.includes(form))).toEqual([]);
      expect(text.toLowerCase()).not.toMatch(/sentinel/);
    }
  });

  it.each([
    { ...subscription, secret: ` ${webhookSecret}` },
    { ...subscription, secret: webhookSecret.repeat(20) },
    { ...subscription, url: `http://user:${encodeURIComponent(webhookSecret)}@example.com` },
    { ...subscription, events: [] },
  ])("in an error about what cannot be", async (wrong) => {
    const { enode, heard } = observed({ fetch: stubFetch() }, {});
    let failure: unknown;

    await enode.webhooks.ensure(wrong).catch((error: unknown) => {
      failure = error;
    });

    expect(failure).toMatchObject({ code: "invalid_argument" });
    for (const value of [failure, ...heard]) {
      expect(allOf(value).toLowerCase()).not.toMatch(/sentinel/);
    }
  });
});

describe("neither secret nor token can be seen of errors of the wire", () => {
  const start = useLoopback();

  it.each<[string, Parameters<typeof start>[0]]>([
    ["a reset", { api: (_request, response) => response.socket?.resetAndDestroy() }],
    [
      "an end in the middle of the body",
      {
        api: (_request, response) => {
          response.writeHead(200, { "content-length": "100", "content-type": "application/json" });
          response.write(token, () => response.socket?.destroy());
        },
      },
    ],
    [
      "an answer that is no HTTP",
      {
        api: (request, response) =>
          response.socket?.end(`${request.headers.authorization}\r\n\r\n`),
      },
    ],
    [
      "a token endpoint that is no HTTP",
      {
        token: (request, response) => response.socket?.end(`${request.headers.authorization}\r\n`),
      },
    ],
    [
      "a server that echoes its request",
      {
        api: (request, response) => send(response, 500, { type: "t", title: "T", detail: request }),
      },
    ],
  ])("like %s", async (_what, handlers) => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { baseUrl, tokenUrl } = await start({
      token: (_request, response) =>
        send(response, 200, { access_token: token, expires_in: 3600, token_type: "bearer" }),
      ...handlers,
    });
    const { enode, heard } = observed({ baseUrl, tokenUrl }, {});
    let failure: unknown;

    await enode.request("getUser", { path: { userId: "u" } }).catch((error: unknown) => {
      failure = error;
    });

    expect(isEnodeError(failure)).toBe(true);
    for (const value of [failure, ...heard]) expectNoSentinel(allOf(value));
  });
});
