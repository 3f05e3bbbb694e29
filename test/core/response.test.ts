import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import type { Enode } from "../../src/enode.ts";
import {
  isApiError,
  isAuthenticationError,
  isBadRequestError,
  isConflictError,
  isConnectionError,
  isNotFoundError,
  isPermissionError,
  isRateLimitError,
  isResponseValidationError,
  isServerError,
  isUnprocessableError,
} from "../../src/errors/index.ts";
import { send, useLoopback } from "../support/loopback.ts";
import { createClient, failureOf, json, problem, stubFetch } from "../support/stub.ts";

const getUser = (enode: Enode) => enode.request("getUser", { path: { userId: "user-of-others" } });

/** A client whose API always gives the same answer. */
const clientOf = (api: () => Response) =>
  createClient({ fetch: stubFetch({ api }), maxRetries: 0 });

const html = (status: number) =>
  new Response("<html><h1>Bad gateway</h1></html>", {
    status,
    headers: { "content-type": "text/html" },
  });

describe("an error status", () => {
  it.each<[number, string, string, (error: unknown) => boolean]>([
    [400, "bad_request", "BadRequestError", isBadRequestError],
    [401, "authentication_failed", "AuthenticationError", isAuthenticationError],
    [403, "permission_denied", "PermissionError", isPermissionError],
    [404, "not_found", "NotFoundError", isNotFoundError],
    [409, "conflict", "ConflictError", isConflictError],
    [422, "unprocessable", "UnprocessableError", isUnprocessableError],
    [429, "rate_limited", "RateLimitError", isRateLimitError],
    [500, "server_error", "ServerError", isServerError],
    [503, "server_error", "ServerError", isServerError],
    [599, "server_error", "ServerError", isServerError],
    [418, "unexpected_status", "ApiError", isApiError],
    [304, "unexpected_status", "ApiError", isApiError],
  ])("of %i is %s", async (status, code, name, guard) => {
    const api = () => new Response(null, { status });

    const error = await failureOf(getUser(clientOf(api)), isApiError);

    expect(error).toMatchObject({ code, name, status, problem: undefined });
    expect(guard(error)).toBe(true);
  });

  it("has operation, path template, attempts and the server's request ID", async () => {
    const api = () => problem(404, { "x-request-id": "request-1" });

    const error = await failureOf(getUser(clientOf(api)), isNotFoundError);

    expect(error).toMatchObject({
      operation: "getUser",
      path: "/users/{userId}",
      attempts: 1,
      requestId: "request-1",
    });
    expect(error.message).toBe("getUser failed with 404, Some kind of problem.: More about it.");
    expect(JSON.stringify(error)).not.toContain("user-of-others");
  });

  it.each(["x-request-id", "request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray"])(
    "takes the request ID from %s",
    async (name) => {
      const error = await failureOf(
        getUser(clientOf(() => problem(404, { [name]: "id" }))),
        isApiError,
      );

      expect(error.requestId).toBe("id");
    },
  );

  it.each(["application/json", "application/problem+json; charset=utf-8", "text/plain"])(
    "brings its problem along when it comes as %s",
    async (type) => {
      const error = await failureOf(
        getUser(clientOf(() => problem(422, { "content-type": type }))),
        isUnprocessableError,
      );

      expect(error.problemKind).toBe("some-kind");
      expect(error.problem).toEqual({
        type: "https://developers.enode.com/api/problems/some-kind",
        title: "Some kind of problem.",
        detail: "More about it.",
      });
    },
  );

  it("keeps members of a problem that it does not know", async () => {
    const body = { type: "t", title: "T", detail: "D", issues: [{ path: ["a", 0] }], extra: 5 };

    const error = await failureOf(getUser(clientOf(() => json(body, 400))), isBadRequestError);

    expect(error.problem).toEqual(body);
  });

  it("quotes at most 500 characters of a title and a detail, and keeps the problem whole", async () => {
    const body = { type: "t", title: "a".repeat(100_000), detail: `${"b".repeat(499)}\u{1f697}` };

    const error = await failureOf(getUser(clientOf(() => json(body, 400))), isBadRequestError);

    expect(error.message).toBe(
      `getUser failed with 400, ${"a".repeat(500)}…: ${"b".repeat(499)}\ufffd…`,
    );
    expect(error.problem).toEqual(body);
  });

  it("reads well without the detail of a problem", async () => {
    const api = () => json({ type: "t", title: "Not here" }, 404);

    const error = await failureOf(getUser(clientOf(api)), isNotFoundError);

    expect(error.message).toBe("getUser failed with 404, Not here");
  });

  it.each<[string, () => Response]>([
    ["nothing", () => new Response(null, { status: 500 })],
    ["HTML", () => html(500)],
    ["cut off JSON", () => new Response('{"type":"a","tit', { status: 500 })],
    ["JSON of another kind", () => json({ message: "no" }, 500)],
    ["a list", () => json(["type", "title"], 500)],
    ["null", () => json(null, 500)],
    ["a problem whose members are no text", () => json({ type: 1, title: {} }, 500)],
  ])("is the same error with %s for a body", async (_what, api) => {
    const error = await failureOf(getUser(clientOf(api)), isServerError);

    expect(error).toMatchObject({ status: 500, problem: undefined, problemKind: undefined });
    expect(error.message).toBe("getUser failed with 500, without a problem document");
  });
});

describe("cancelling an action", () => {
  const action = {
    id: "a-1",
    state: "CONFIRMED",
    failureReason: null,
    targetId: "v-1",
    targetType: "vehicle",
  };
  const cancel = (enode: Enode) =>
    enode.request("cancelVehicleAction", { path: { actionId: "a-1" } });

  it("that has ended gives it back", async () => {
    const enode = clientOf(() => json(action, 409));

    expect(await cancel(enode)).toEqual(action);
    expect(await enode.vehicles.actions.cancel("a-1")).toEqual(action);
    expect((await cancel(enode).withResponse()).response.status).toBe(409);
  });

  it.each<[string, () => Response]>([
    ["a problem", () => problem(409)],
    ["a problem with an ID", () => json({ id: "p", type: "t", title: "T", detail: "D" }, 409)],
    ["HTML", () => html(409)],
    ["nothing", () => new Response(null, { status: 409 })],
    ["a list", () => json([], 409)],
    ["the JSON of a proxy", () => json({ message: "Conflict" }, 409)],
  ])("is a ConflictError when the 409 comes with %s", async (_what, api) => {
    expect((await failureOf(cancel(clientOf(api)), isConflictError)).status).toBe(409);
  });

  it("fails with other statuses, whatever their body", async () => {
    expect(
      (await failureOf(cancel(clientOf(() => json(action, 404))), isNotFoundError)).status,
    ).toBe(404);
  });

  it("is the only operation whose 409 is a result", async () => {
    const enode = clientOf(() => json(action, 409));

    await failureOf(getUser(enode), isConflictError);
  });
});

describe("statistics of an inverter", () => {
  const path = { inverterId: "i-1" };
  const query = { year: 2026, month: 5 };

  it("that are not final yet are a result of their own", async () => {
    const interim = { retryAfter: "2026-05-01T00:00:10Z" };
    const enode = clientOf(() => json(interim, 202));

    const { data, response } = await enode
      .request("getInverterStatistics", { path, query })
      .withResponse();

    expect(response.status).toBe(202);
    expect(data).toEqual(interim);
    expect(await enode.inverters.getStatistics("i-1", query)).toMatchObject({
      status: "interim",
      retryAt: new Date("2026-05-01T00:00:10Z"),
    });
  });
});

describe("a success", () => {
  it.each([
    "application/json",
    "application/json; charset=utf-8",
    "application/problem+json",
    "APPLICATION/JSON",
    "application/vnd.enode+json ;v=1",
  ])("is read when it comes as %s", async (type) => {
    const api = () => json({ id: "ok" }, 200, { "content-type": type });

    expect(await getUser(clientOf(api))).toEqual({ id: "ok" });
  });

  it("is read when it does not say as what it comes", async () => {
    const api = () => new Response(new TextEncoder().encode('{"id":"ok"}'));

    expect(await getUser(clientOf(api))).toEqual({ id: "ok" });
  });

  it.each(["text/html", "text/plain", "application/xml", "application/jsonp", "json"])(
    "that comes as %s is an error that does not quote it",
    async (type) => {
      const api = () => new Response('{"id":"hidden"}', { headers: { "content-type": type } });

      const error = await failureOf(getUser(clientOf(api)), isResponseValidationError);

      expect(error).toMatchObject({ code: "unexpected_content_type", status: 200, attempts: 1 });
      expect(error.message).toContain("baseUrl");
      expect(error.stack).not.toContain("hidden");
    },
  );

  it.each([
    ["cut off", '{"id":"hidden'],
    ["empty", ""],
    ["two values", '{"id":"hidden"}{}'],
    ["a page", "<html>hidden</html>"],
  ])("with a body that is %s is an error that does not quote it", async (_what, body) => {
    const api = () => new Response(body, { headers: { "content-type": "application/json" } });

    const error = await failureOf(getUser(clientOf(api)), isResponseValidationError);

    expect(error).toMatchObject({ code: "invalid_json", operation: "getUser" });
    expect(`${error.stack} ${String(error.cause)}`).not.toContain("hidden");
  });

  it("without content is undefined", async () => {
    const enode = clientOf(() => new Response(null, { status: 204 }));

    expect(await enode.request("deleteUser", { path: { userId: "u" } })).toBeUndefined();
  });

  it.each<[string, () => Response]>([
    ["an empty 200", () => new Response("", { status: 200 })],
    ["an empty 202", () => new Response(" \n", { status: 202 })],
    ["a record", () => json({ id: "u" })],
  ])("of an operation without a result may also be %s", async (_what, api) => {
    const enode = clientOf(api);

    expect(await enode.request("deleteUser", { path: { userId: "u" } })).toBeUndefined();
  });

  it.each<[string, string, () => Response]>([
    ["a page of a proxy", "unexpected_content_type", () => html(200)],
    ["text", "unexpected_content_type", () => new Response("OK")],
    ["a page without a type", "invalid_json", () => new Response(new TextEncoder().encode("<p>"))],
    ["cut off JSON", "invalid_json", () => new Response(new TextEncoder().encode('{"id":'))],
    ["null", "schema_mismatch", () => json(null)],
    ["a list", "schema_mismatch", () => json([])],
    ["a problem", "schema_mismatch", () => problem(200)],
    ["an error of a gateway", "schema_mismatch", () => json({ error: "maintenance" })],
    ["a reset of the view", "schema_mismatch", () => new Response(null, { status: 205 })],
  ])("of an operation without a result is not %s", async (_what, code, api) => {
    for (const call of [
      (enode: Enode) => enode.users.delete("u"),
      (enode: Enode) => enode.users.deauthorize("u"),
      (enode: Enode) =>
        enode.request("disconnectVendor", { path: { userId: "u", vendor: "TESLA" } }),
      (enode: Enode) => enode.webhooks.delete("w"),
      (enode: Enode) => enode.schedules.delete("s"),
      (enode: Enode) => enode.vehicles.refresh("v"),
      (enode: Enode) => enode.request("setTariff", { path: { tariffId: "t" }, body: [] }),
    ]) {
      const error = await failureOf(call(clientOf(api)), isResponseValidationError);

      expect(error).toMatchObject({ code, attempts: 1 });
    }
  });

  it.each<[string, () => Response]>([
    ["nothing", () => new Response(null, { status: 204 })],
    ["null", () => json(null)],
    ["a text", () => json("ok")],
    ["a number", () => json(5)],
    ["a list", () => json([])],
  ])("of an operation with a record is not %s", async (_what, api) => {
    const enode = clientOf(api);

    for (const call of [getUser(enode), enode.vehicles.startCharging("v")]) {
      const error = await failureOf(call, isResponseValidationError);
      expect(error).toMatchObject({ code: "schema_mismatch", attempts: 1 });
    }
  });

  it("of an operation with a list is a list", async () => {
    expect(await clientOf(() => json([])).interventions.list()).toEqual([]);
    const error = await failureOf(
      clientOf(() => json({ id: "ok" })).interventions.list(),
      isResponseValidationError,
    );
    expect(error.code).toBe("schema_mismatch");
  });

  it("comes with its response on request", async () => {
    const enode = clientOf(() => json({ id: "ok" }, 200, { "x-request-id": "r-1", "x-more": "m" }));

    const { data, response, requestId } = await getUser(enode).withResponse();

    expect(data).toEqual({ id: "ok" });
    expect(requestId).toBe("r-1");
    expect(response.status).toBe(200);
    expect(response.headers.get("x-more")).toBe("m");
  });

  it("comes with its response also after the data was awaited", async () => {
    const call = getUser(clientOf(() => json({ id: "ok" })));

    expect(await call).toEqual({ id: "ok" });
    expect((await call.withResponse()).data).toEqual({ id: "ok" });
  });
});

describe("an answer that breaks off", () => {
  const start = useLoopback();

  it("is a ConnectionError with its reason, without the request and its path", async () => {
    const { baseUrl, tokenUrl } = await start({
      api: (_request, response) => response.socket?.destroy(),
    });

    const error = await failureOf(
      getUser(createClient({ baseUrl, tokenUrl, maxRetries: 0 })),
      isConnectionError,
    );

    expect(error).toMatchObject({ beforeSend: false, operation: "getUser", attempts: 1 });
    expect(error.message).toContain("it is not known whether Enode received the request");
    expect(error.message).toContain("other side closed");
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      expect(`${at.message} ${at.stack}`).not.toContain("user-of-others");
      expect(at).not.toHaveProperty("request");
    }
  });

  it("hides the address in the errors of a fetch that quotes it", async () => {
    const enode = createClient({
      maxRetries: 0,
      fetch: async (request) => {
        if (request.url.endsWith("/token")) {
          return json({ access_token: "token-1", expires_in: 3600 });
        }
        throw new TypeError(`error sending request for url (${request.url})`);
      },
    });

    const error = await failureOf(getUser(enode), isConnectionError);

    expect(error.message).toContain("error sending request for url ([redacted])");
    expect(error.cause).toMatchObject({ name: "TypeError" });
  });

  it("is a ResponseValidationError when only the JSON shows it", async () => {
    const { baseUrl, tokenUrl } = await start({
      api: (_request, response) => {
        response.writeHead(200, { "content-type": "application/json", connection: "close" });
        response.end('{"id":"o');
      },
    });

    const error = await failureOf(
      getUser(createClient({ baseUrl, tokenUrl })),
      isResponseValidationError,
    );

    expect(error.code).toBe("invalid_json");
  });

  it("does not end other calls", async () => {
    const { baseUrl, tokenUrl } = await start({
      api: (request, response) =>
        request.url.endsWith("bad")
          ? response.socket?.destroy()
          : send(response, 200, { id: "ok" }),
    });
    const enode = createClient({ baseUrl, tokenUrl, maxRetries: 0 });
    const bad = failureOf(enode.request("getUser", { path: { userId: "bad" } }), isConnectionError);

    expect(await getUser(enode)).toEqual({ id: "ok" });
    await bad;
  });
});

describe("a deletion whose first answer got lost", () => {
  const start = useLoopback();
  const lost: Record<string, (response: ServerResponse) => void> = {
    "a reset": (response) => response.socket?.resetAndDestroy(),
    "a 502": (response) => send(response, 502, {}),
  };
  const notFound = { type: "https://developers.enode.com/api/problems/not-found", title: "No" };

  it.each(Object.keys(lost))("is done when the next finds nothing, after %s", async (name) => {
    const { baseUrl, tokenUrl, requests } = await start({
      api: (_request, response, nth) =>
        nth === 1 ? lost[name]?.(response) : send(response, 404, notFound),
    });

    expect(await createClient({ baseUrl, tokenUrl }).users.delete("u")).toBeUndefined();
    expect(requests).toHaveLength(2);
  });

  it("is not done when it was a proxy that did not find it", async () => {
    const { baseUrl, tokenUrl } = await start({
      api: (_request, response, nth) =>
        nth === 1
          ? send(response, 502, {})
          : response.writeHead(404, { "content-type": "text/html" }).end("<h1>404</h1>"),
    });

    await failureOf(createClient({ baseUrl, tokenUrl }).users.delete("u"), isNotFoundError);
  });

  it("is NotFoundError when the first finds nothing, or was refused", async () => {
    for (const statuses of [[404], [429, 404]]) {
      const { baseUrl, tokenUrl } = await start({
        api: (_request, response, nth) => send(response, statuses[nth - 1] ?? 0, notFound),
      });

      await failureOf(createClient({ baseUrl, tokenUrl }).users.delete("u"), isNotFoundError);
    }
  });
});
