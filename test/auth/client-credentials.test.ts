import { describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { isConfigurationError, isTokenError } from "../../src/errors/index.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { deadUrl, send, useLoopback } from "../support/loopback.ts";
import { createClient, errorOf, failureOf, json, stubFetch, tokenAnswer } from "../support/stub.ts";

const getUser = (enode: Enode) => enode.request("getUser", { path: { userId: "u-1" } });

describe("the token request", () => {
  const start = useLoopback();

  it("is a form with the credentials as HTTP Basic", async () => {
    const { baseUrl, tokenUrl, requests, tokenRequests } = await start();
    const enode = createClient({ baseUrl, tokenUrl });

    await getUser(enode);

    expect(tokenRequests).toHaveLength(1);
    const [request] = tokenRequests;
    expect(request?.method).toBe("POST");
    expect(request?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from("client-1:secret-1").toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
      "user-agent": expect.stringMatching(/^enode-sdk\/\d/),
    });
    expect(request?.body).toBe("grant_type=client_credentials");
    expect(requests[0]?.headers.authorization).toBe("Bearer token-1");
  });

  it("form-encodes both parts of the credentials before it joins them", async () => {
    const { baseUrl, tokenUrl, tokenRequests } = await start();

    await getUser(createClient({ baseUrl, tokenUrl, clientId: "a:b", clientSecret: "p%/+q" }));

    const [, encoded = ""] = tokenRequests[0]?.headers.authorization?.split(" ") ?? [];
    expect(Buffer.from(encoded, "base64").toString()).toBe("a%3Ab:p%25%2F%2Bq");
  });

  it("goes to a token URL with a slash at its end as it was given", async () => {
    const { baseUrl } = await start();
    const urls: string[] = [];
    const fetch = async (request: Request) => {
      urls.push(request.url);
      return json({ access_token: "t", expires_in: 3600 });
    };

    await getUser(createClient({ baseUrl: `${baseUrl}/`, tokenUrl: `${baseUrl}/token/`, fetch }));

    expect(urls).toEqual([`${baseUrl}/token/`, `${baseUrl}/users/u-1`]);
  });

  it("does not follow a redirect with the credentials", async () => {
    const other = await start();
    const { baseUrl, tokenUrl, tokenRequests } = await start({
      token: (_request, response) => {
        response.writeHead(307, { location: other.tokenUrl });
        response.end();
      },
    });

    const error = await failureOf(getUser(createClient({ baseUrl, tokenUrl })), isTokenError);

    expect(error).toMatchObject({ code: "invalid_token_response", status: 307 });
    expect(tokenRequests).toHaveLength(1);
    expect(other.tokenRequests).toHaveLength(0);
  });

  it("is sent again after a reset", async () => {
    const { baseUrl, tokenUrl, tokenRequests } = await start({
      token: (_request, response, nth) => {
        if (nth === 1) response.socket?.destroy();
        else send(response, 200, { access_token: "t", expires_in: 3600 });
      },
    });
    vi.spyOn(Math, "random").mockReturnValue(0);

    await getUser(createClient({ baseUrl, tokenUrl }));

    expect(tokenRequests).toHaveLength(2);
  });

  it("says which endpoint cannot be reached and why", async () => {
    const { baseUrl } = await start();
    const tokenUrl = `${await deadUrl()}/token`;

    const error = await failureOf(
      getUser(createClient({ baseUrl, tokenUrl, maxRetries: 0 })),
      isTokenError,
    );

    expect(error).toMatchObject({ code: "token_unavailable", status: undefined });
    expect(error.cause).toMatchObject({ cause: { code: "ECONNREFUSED" } });
    const { host } = new URL(tokenUrl);
    expect(error.message).toBe(
      `The token endpoint at ${host} could not be reached (connect ECONNREFUSED ${host}).`,
    );
  });

  it("stops to read after 1 MiB", async () => {
    const megabyte = "x".repeat(1024 * 1024);
    const { baseUrl, tokenUrl, tokenRequests } = await start({
      token: (_request, response) =>
        send(response, 200, { access_token: "t", expires_in: 3600, more: megabyte }),
    });

    const error = await failureOf(getUser(createClient({ baseUrl, tokenUrl })), isTokenError);

    expect(error.code).toBe("invalid_token_response");
    expect(error.message).toContain("1048576 bytes");
    expect(tokenRequests).toHaveLength(1);
  });
});

describe("the answer of the token endpoint", () => {
  const valid = { access_token: "t", token_type: "bearer", expires_in: 3600 };

  it.each<[string, Response]>([
    ["has more fields", json({ ...valid, scope: "", extra: {} })],
    ["has no token_type", json({ access_token: "t", expires_in: 3600 })],
    ["writes its token_type in capitals", json({ ...valid, token_type: "Bearer" })],
    ["gives expires_in as text", json({ ...valid, expires_in: "3600" })],
    ["has no expires_in, which is optional", json({ ...valid, expires_in: undefined })],
  ])("is taken when it %s", async (_what, answer) => {
    const fetch = stubFetch({ token: () => answer });

    await getUser(createClient({ fetch }));

    expect(fetch.apiRequests[0]?.token).toBe("t");
  });

  it.each<[string, Response, RegExp]>([
    ["is JSON but no object", json(null), /access_token is missing/],
    ["has no access_token", json({ ...valid, access_token: undefined }), /access_token is missing/],
    ["has an empty access_token", json({ ...valid, access_token: "" }), /access_token is missing/],
    ["has a token that no header can hold", json({ ...valid, access_token: "a\nb" }), /malformed/],
    ["has an expires_in of 0", json({ ...valid, expires_in: 0 }), /expires_in/],
    ["has a negative expires_in", json({ ...valid, expires_in: -1 }), /expires_in/],
    ["has an expires_in that is no number", json({ ...valid, expires_in: "soon" }), /expires_in/],
    ["has an expires_in that is true", json({ ...valid, expires_in: true }), /expires_in/],
    ["has a list for an expires_in", json({ ...valid, expires_in: [3600] }), /expires_in/],
    ["has another token_type", json({ ...valid, token_type: "mac" }), /token_type/],
    ["has a list for a token_type", json({ ...valid, token_type: ["bearer"] }), /token_type/],
  ])("is refused when it %s", async (_what, answer, reason) => {
    const fetch = stubFetch({ token: () => answer });

    const error = await failureOf(getUser(createClient({ fetch })), isTokenError);

    expect(error).toMatchObject({ code: "invalid_token_response", status: 200 });
    expect(error.message).toMatch(reason);
    expect(fetch.tokenRequests).toHaveLength(1);
    expect(fetch.apiRequests).toHaveLength(0);
  });

  it.each([400, 401, 403])("means with %i that the credentials are wrong", async (status) => {
    const fetch = stubFetch({
      token: () => json({ error: "invalid_client", error_description: "No." }, status),
    });

    const error = await failureOf(getUser(createClient({ fetch })), isTokenError);

    expect(error).toMatchObject({ code: "token_refused", status });
    expect(error.message).toContain(`${status}, invalid_client`);
    expect(error.message).toContain("clientSecret");
    expect(fetch.tokenRequests).toHaveLength(1);
    expect(fetch.apiRequests).toHaveLength(0);
  });

  it("is not asked for again after a status that nothing can cure", async () => {
    const fetch = stubFetch({ token: () => json({}, 404) });

    const error = await failureOf(getUser(createClient({ fetch })), isTokenError);

    expect(error).toMatchObject({ code: "invalid_token_response", status: 404 });
    expect(fetch.tokenRequests).toHaveLength(1);
  });
});

describe("an answer at the token endpoint that is not OAuth", () => {
  useFakeClock();

  const html = (status: number) =>
    new Response("<html>Access denied</html>", {
      status,
      headers: { "content-type": "text/html; charset=utf-8" },
    });

  it.each<[string, () => Response, RegExp]>([
    ["a 400 in HTML", () => html(400), /answered 400 \(text\/html\)/],
    ["a 401 in HTML", () => html(401), /answered 401 \(text\/html\)/],
    ["a 403 in HTML", () => html(403), /answered 403 \(text\/html\).*proxy, firewall or edge/],
    ["an empty 403", () => new Response(null, { status: 403 }), /403 \(of an unreadable type\)/],
    ["a 403 in JSON without an error", () => json({ message: "no" }, 403), /application\/json/],
    ["a 401 whose error is no text", () => json({ error: { a: 1 } }, 401), /application\/json/],
    ["a 401 in JSON that is a list", () => json(["invalid_client"], 401), /application\/json/],
    ["a 200 in HTML", () => html(200), /answered 200 \(text\/html\)/],
    ["an empty 200", () => new Response("", { status: 200 }), /answered 200/],
    ["a 200 that was cut off", () => new Response('{"access_token":"t', { status: 200 }), /200/],
    ["a form", () => new Response("access_token=t", { status: 200 }), /text\/plain/],
  ])("is tried again, and reported as such: %s", async (_what, answer, message) => {
    const fetch = stubFetch({ token: answer });
    const failure = failureOf(getUser(createClient({ fetch, maxRetries: 1 })), isTokenError);

    await pass(10_000);

    const error = await failure;
    expect(error.code).toBe("token_unavailable");
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("clientSecret");
    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("costs no call when it comes once", async () => {
    const fetch = stubFetch({
      token: (request) => (request.nth === 1 ? html(403) : tokenAnswer()(request)),
    });
    const call = getUser(createClient({ fetch }));

    await pass(10_000);
    await call;

    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("quotes no secret, also when its media type does", async () => {
    const headers = { "content-type": "text/secret-1" };
    const fetch = stubFetch({ token: () => new Response("", { status: 403, headers }) });

    const error = await failureOf(getUser(createClient({ fetch, maxRetries: 0 })), isTokenError);

    expect(error.message).not.toContain("secret-1");
  });

  it.each(["server_error", "temporarily_unavailable"])(
    "is no refusal when OAuth itself says %s",
    async (error) => {
      const fetch = stubFetch({ token: () => json({ error }, 400) });

      const failure = await failureOf(
        getUser(createClient({ fetch, maxRetries: 0 })),
        isTokenError,
      );

      expect(failure.code).toBe("token_unavailable");
      expect(failure.message).toContain(error);
    },
  );

  it("gives a token without an end that is replaced after some minutes", async () => {
    const fetch = stubFetch({ token: ({ nth }) => json({ access_token: `token-${nth}` }) });
    const enode = createClient({ fetch });
    await getUser(enode);

    await pass(150_000);
    await getUser(enode);
    await pass(150_000);
    await getUser(enode);

    expect(fetch.tokenRequests).toHaveLength(2);
  });
});

describe("repeating the token request", () => {
  useFakeClock();

  it.each([408, 429, 500, 503])("asks again after %i", async (status) => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const fetch = stubFetch({
      token: (request) => (request.nth <= 2 ? json({}, status) : tokenAnswer()(request)),
    });
    const call = getUser(createClient({ fetch }));

    await pass(250 + 500);
    await call;

    expect(fetch.tokenRequests).toHaveLength(3);
  });

  it("gives up after maxRetries repetitions", async () => {
    const fetch = stubFetch({ token: () => json({}, 503) });
    const failure = failureOf(getUser(createClient({ fetch, maxRetries: 2 })), isTokenError);

    await pass(60_000);

    expect(await failure).toMatchObject({ code: "token_unavailable", status: 503 });
    expect(fetch.tokenRequests).toHaveLength(3);
  });

  it("asks once with maxRetries 0", async () => {
    const fetch = stubFetch({ token: () => json({}, 503) });

    const error = await failureOf(getUser(createClient({ fetch, maxRetries: 0 })), isTokenError);

    expect(error.code).toBe("token_unavailable");
    expect(fetch.tokenRequests).toHaveLength(1);
  });

  it("waits as long as Retry-After says", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fetch = stubFetch({
      token: (request) =>
        request.nth === 1 ? json({}, 429, { "retry-after": "7" }) : tokenAnswer()(request),
    });
    const call = getUser(createClient({ fetch }));

    await pass(6_999);
    expect(fetch.tokenRequests).toHaveLength(1);
    await pass(1);
    await call;

    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("throws at once, with retryAt, when Retry-After is beyond its time", async () => {
    const fetch = stubFetch({ token: () => json({}, 503, { "retry-after": "120" }) });

    const error = await failureOf(getUser(createClient({ fetch })), isTokenError);

    expect(error.retryAt).toEqual(new Date("2026-01-01T00:02:00Z"));
    expect(fetch.tokenRequests).toHaveLength(1);
  });

  it("asks again when an attempt hangs", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const fetch = stubFetch({
      token: (request) => (request.nth === 1 ? new Promise(() => {}) : tokenAnswer()(request)),
    });
    const call = getUser(createClient({ fetch, timeout: 2_000 }));

    await pass(2_001);
    await call;

    expect(fetch.tokenRequests).toHaveLength(2);
  });

  it("ends after 30 s, however long callers would wait", async () => {
    const fetch = stubFetch({ token: () => new Promise(() => {}) });
    const enode = createClient({ fetch, deadline: 300_000, maxRetries: 100 });
    const failure = failureOf(getUser(enode), isTokenError);

    await pass(30_000);

    expect((await failure).code).toBe("token_unavailable");
  });
});

describe("the client secret", () => {
  useFakeClock();

  it("loses the white space that copying brought along", async () => {
    const fetch = stubFetch();

    await getUser(createClient({ fetch, clientId: " client-1\n", clientSecret: "\tsecret-1 \n" }));

    expect(fetch.tokenRequests[0]?.request.headers.get("authorization")).toBe(
      `Basic ${btoa("client-1:secret-1")}`,
    );
  });

  it("is fetched from its function only when a token is needed", async () => {
    const fetch = stubFetch();
    const clientSecret = vi.fn(async () => " from-vault\n");
    const enode = createClient({ fetch, clientSecret });
    expect(clientSecret).not.toHaveBeenCalled();

    await getUser(enode);
    await getUser(enode);

    expect(clientSecret).toHaveBeenCalledTimes(1);
    expect(fetch.tokenRequests[0]?.request.headers.get("authorization")).toBe(
      `Basic ${btoa("client-1:from-vault")}`,
    );
  });

  it("is fetched again for each token, as it may have been replaced", async () => {
    const fetch = stubFetch();
    const clientSecret = vi.fn().mockReturnValueOnce("old").mockReturnValueOnce("new");
    const enode = createClient({ fetch, clientSecret });

    await getUser(enode);
    await pass(3_600_000);
    await getUser(enode);

    expect(fetch.tokenRequests[1]?.request.headers.get("authorization")).toBe(
      `Basic ${btoa("client-1:new")}`,
    );
  });

  it("fails the call as a TokenError when its function fails", async () => {
    const fetch = stubFetch();
    const clientSecret = async () => {
      throw Object.assign(new Error("vault is sealed"), { code: "EACCES" });
    };

    const error = await failureOf(getUser(createClient({ fetch, clientSecret })), isTokenError);

    expect(error).toMatchObject({ code: "token_unavailable", cause: { code: "EACCES" } });
    expect(fetch.tokenRequests).toHaveLength(0);
  });

  it("fails the call when its function throws instead of rejecting", async () => {
    const clientSecret = () => {
      throw new Error("no vault");
    };

    const error = await failureOf(
      getUser(createClient({ fetch: stubFetch(), clientSecret })),
      isTokenError,
    );

    expect(error.code).toBe("token_unavailable");
  });

  it("does not hold up later calls when its function hangs once", async () => {
    const fetch = stubFetch();
    const clientSecret = vi
      .fn()
      .mockImplementationOnce(() => new Promise(() => {}))
      .mockResolvedValue("secret-1");
    const enode = createClient({ fetch, clientSecret, deadline: 60_000 });
    const failure = failureOf(getUser(enode), isTokenError);

    await pass(30_000);
    expect((await failure).message).toContain("clientSecret gave no answer in 30000 ms");
    await getUser(enode);

    expect(fetch.apiRequests).toHaveLength(1);
  });

  it("is taken from whatever can be awaited, and its function called without a this", async () => {
    const fetch = stubFetch();
    const seen: unknown[] = [];
    function clientSecret(this: unknown) {
      seen.push(this);
      // biome-ignore lint/suspicious/noThenProperty: a promise of another library or realm.
      return { then: (take: (secret: string) => void) => take("thenable") } as Promise<string>;
    }

    await getUser(createClient({ fetch, clientSecret }));

    expect(seen).toEqual([undefined]);
    expect(fetch.tokenRequests[0]?.request.headers.get("authorization")).toBe(
      `Basic ${btoa("client-1:thenable")}`,
    );
  });

  it.each([
    ["empty", ""],
    ["blank", " \n"],
    ["no text", 5],
    ["undefined", undefined],
  ])("is refused by name when its function returns something %s", async (_what, value) => {
    const fetch = stubFetch();
    const clientSecret = async () => value as string;

    const error = await failureOf(
      getUser(createClient({ fetch, clientSecret })),
      isConfigurationError,
    );

    expect(error.parameter).toBe("clientSecret");
    expect(fetch.tokenRequests).toHaveLength(0);
  });

  it.each([
    ["a line break inside", "ab\ncd"],
    ["letters that are not ASCII", "geheimniß"],
  ])("is refused at once, unquoted, with %s", (_what, clientSecret) => {
    const error = errorOf(() => createClient({ clientSecret }), isConfigurationError);

    expect(error.parameter).toBe("clientSecret");
    expect(error.message).not.toContain(clientSecret);
  });
});
