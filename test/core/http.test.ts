import { describe, expect, it } from "vitest";
import { failedBeforeSend } from "../../src/core/http.ts";

/** Failures as Node, Bun and Deno report them. */
const failures: [name: string, beforeSend: boolean, error: Error][] = [
  [
    "a refused connection in node",
    true,
    new TypeError("fetch failed", {
      cause: Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:9"), {
        code: "ECONNREFUSED",
        syscall: "connect",
      }),
    }),
  ],
  [
    "refused connections to all addresses of a name in node",
    true,
    new TypeError("fetch failed", {
      cause: Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }),
    }),
  ],
  [
    "a name that does not resolve in node",
    true,
    new TypeError("fetch failed", {
      cause: Object.assign(new Error("getaddrinfo EAI_AGAIN"), { syscall: "getaddrinfo" }),
    }),
  ],
  [
    "a refused connection in bun",
    true,
    Object.assign(new Error("Unable to connect."), { code: "ConnectionRefused" }),
  ],
  [
    "a refused connection in deno",
    true,
    new TypeError("fetch failed", {
      cause: new Error(
        "error sending request for url (http://127.0.0.1:9/): client error (Connect): tcp connect error",
      ),
    }),
  ],
  [
    "a reset, after which the server may have acted",
    false,
    new TypeError("fetch failed", {
      cause: Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET", syscall: "read" }),
    }),
  ],
  ["a failure that tells nothing", false, new TypeError("fetch failed")],
];

describe("a failed request", () => {
  it.each(failures)("is told apart: %s", (_, beforeSend, error) => {
    expect(failedBeforeSend(error)).toBe(beforeSend);
  });
});
