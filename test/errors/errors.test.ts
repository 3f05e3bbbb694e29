import { describe, expect, it, vi } from "vitest";
import * as errors from "../../src/errors/index.ts";

const context = { operation: "getVehicle", path: "/vehicles/{vehicleId}", attempts: 2 };
const api = (status: number, code: errors.ErrorCode) => ({ code, status, context });
const action = { code: "action_failed" as const, actionId: "a", action: undefined, states: [] };

/** One error of each class that is thrown, made by the classes of one copy of the module. */
function allErrors(from: typeof errors): [name: string, error: Error, ...kinds: string[]][] {
  const cause = new Error("why");
  return [
    ["ApiError", new from.ApiError("m", api(418, "unexpected_status")), "ApiError"],
    ["BadRequestError", new from.BadRequestError("m", api(400, "bad_request")), "ApiError"],
    [
      "AuthenticationError",
      new from.AuthenticationError("m", api(401, "authentication_failed")),
      "ApiError",
    ],
    ["PermissionError", new from.PermissionError("m", api(403, "permission_denied")), "ApiError"],
    ["NotFoundError", new from.NotFoundError("m", api(404, "not_found")), "ApiError"],
    ["ConflictError", new from.ConflictError("m", api(409, "conflict")), "ApiError"],
    ["UnprocessableError", new from.UnprocessableError("m", api(422, "unprocessable")), "ApiError"],
    ["RateLimitError", new from.RateLimitError("m", api(429, "rate_limited")), "ApiError"],
    ["ServerError", new from.ServerError("m", api(500, "server_error")), "ApiError"],
    ["ConnectionError", new from.ConnectionError("m", { cause, context, beforeSend: true })],
    ["TimeoutError", new from.TimeoutError("m", { code: "attempt_timeout", context })],
    ["AbortError", new from.AbortError("m", { code: "aborted", cause, context })],
    ["TokenError", new from.TokenError("m", { code: "token_refused", status: 401 })],
    ["ConfigurationError", new from.ConfigurationError("m", { parameter: "p" })],
    [
      "ResponseValidationError",
      new from.ResponseValidationError("m", { code: "invalid_json", context, status: 200 }),
    ],
    ["PaginationLoopError", new from.PaginationLoopError("m", { operation: "o" })],
    ["ActionFailedError", new from.ActionFailedError("m", action)],
    ["ActionCancelledError", new from.ActionCancelledError("m", action)],
    ["ActionTimeoutError", new from.ActionTimeoutError("m", action)],
    ["StoreError", new from.StoreError("m", { store: "s", method: "get", cause })],
    ["RetryLaterError", new from.RetryLaterError({ after: 1_000, cause })],
    ["DiscardError", new from.DiscardError("m", { cause })],
  ];
}

type Guard = (error: unknown) => boolean;
// By their names: none of the classes begins like this.
const guards = Object.entries(errors).filter(([name]) => name.startsWith("is")) as [
  string,
  Guard,
][];

/** The names of the guards that say yes. */
const yes = (error: unknown) => guards.filter(([, guard]) => guard(error)).map(([name]) => name);

const expected = (name: string, kinds: string[]) =>
  [...new Set(["isEnodeError", `is${name}`, ...kinds.map((kind) => `is${kind}`)])].sort();

describe("guards", () => {
  it.each(allErrors(errors))("recognise a %s, and as nothing else", (name, error, ...kinds) => {
    expect(yes(error).sort()).toEqual(expected(name, kinds));
  });

  it("recognise errors of another copy of this package", async () => {
    vi.resetModules();
    const copy = await import("../../src/errors/index.ts");
    expect(copy.EnodeError).not.toBe(errors.EnodeError);

    for (const [name, error, ...kinds] of allErrors(copy)) {
      expect(error).not.toBeInstanceOf(errors.EnodeError);
      expect(yes(error).sort()).toEqual(expected(name, kinds));
    }
  });

  it.each([
    ["nothing", undefined],
    ["null", null],
    ["text", "NotFoundError"],
    ["an error of others", new Error("no")],
    ["an error with the same name", Object.assign(new Error("no"), { name: "NotFoundError" })],
    ["an object with the same fields", { ...new errors.NotFoundError("m", api(404, "not_found")) }],
  ])("do not take %s for one", (_what, value) => {
    expect(yes(value)).toEqual([]);
  });

  it("recognise classes derived from ours", () => {
    class MyError extends errors.NotFoundError {}

    expect(yes(new MyError("m", api(404, "not_found"))).sort()).toEqual(
      expected("NotFoundError", ["ApiError"]),
    );
  });
});

describe("an error", () => {
  it.each(allErrors(errors))("has the name %s, a stack and a code", (name, error) => {
    expect(error.name).toBe(name);
    expect(error.stack).toContain("errors.test.ts");
    expect(error).toBeInstanceOf(Error);
    expect(error).toHaveProperty("code", expect.stringMatching(/^[a-z_]+$/));
    expect(Object.keys(error)).not.toContain("name");
  });

  it("turns into JSON with its fields, without stack and cause", () => {
    const error = new errors.RateLimitError("slow down", {
      ...api(429, "rate_limited"),
      problem: { type: "https://example.com/problems/too-many", title: "T", detail: "D" },
      requestId: "r-1",
      retryAt: new Date("2026-01-01T00:00:00Z"),
    });

    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: "RateLimitError",
      message: "slow down",
      code: "rate_limited",
      ...context,
      status: 429,
      problem: { type: "https://example.com/problems/too-many", title: "T", detail: "D" },
      problemKind: "too-many",
      requestId: "r-1",
      retryAt: "2026-01-01T00:00:00.000Z",
    });
  });

  it("leaves the cause out of JSON, but has it", () => {
    const cause = new Error("deep");
    const error = new errors.ConnectionError("m", { cause, context, beforeSend: false });

    expect(error.cause).toBe(cause);
    expect(error.toJSON()).not.toHaveProperty("cause");
    expect(JSON.stringify(error)).not.toContain("deep");
  });

  it("begins no line of its own in a log, whatever a server or caller made part of it", () => {
    const text = "id\r\n2026-01-01 forged\u0000\u007f\u0085\u2028\u2029";
    const error = new errors.ActionTimeoutError(`Action ${text} is still pending`, {
      ...action,
      code: "action_timeout",
    });

    expect(error.message).toBe(
      "Action id\\u000d\\u000a2026-01-01 forged\\u0000\\u007f\\u0085\\u2028\\u2029 is still pending",
    );
    expect(error.stack?.split("\n")[0]).toContain("is still pending");
  });

  it("has no cause at all when there is none", () => {
    expect(new errors.PaginationLoopError("m", { operation: "o" })).not.toHaveProperty("cause");
  });
});

describe("what a handler throws to speak for its event", () => {
  it("says after how many ms, or why", () => {
    expect(new errors.RetryLaterError({ after: 60_000 })).toMatchObject({
      after: 60_000,
      message: "The event is to be handled in 60000 ms.",
    });
    expect(new errors.RetryLaterError({ after: 0, message: "closed" }).message).toBe("closed");
    expect(new errors.DiscardError().message).toBe("The event cannot be handled.");
  });

  it.each([
    undefined,
    null,
    {},
    { after: "60" },
    { after: -1 },
    { after: NaN },
    { after: 2 ** 31 },
  ])("refuses %j, which is no pause", (options) => {
    expect(() => new errors.RetryLaterError(options as never)).toThrow(
      expect.objectContaining({ name: "ConfigurationError", parameter: "after" }),
    );
  });
});
