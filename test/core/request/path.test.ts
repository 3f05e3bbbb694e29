import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fillPath } from "../../../src/core/request/path.ts";
import { isConfigurationError } from "../../../src/errors/index.ts";
import { useLoopback } from "../../support/loopback.ts";
import { createClient, errorOf, failureOf, stubFetch } from "../../support/stub.ts";

/** All that an ID may be: no blank, no `.` or `..`, no half of a surrogate pair. */
const anyId = fc
  .oneof(
    fc.string({ unit: "binary", minLength: 1 }),
    fc.string({ unit: "grapheme", minLength: 1 }),
    // What path traversal and URL parsers are made of.
    fc
      .array(
        fc.constantFrom(".", "/", "\\", "%2e", "%2F", "?", "#", "@", ":", ";", "\t", "\n", "a"),
        {
          minLength: 1,
        },
      )
      .map((parts) => parts.join("")),
  )
  .filter((id) => id.trim() !== "" && id !== "." && id !== ".." && id.isWellFormed());

describe("filling a path", () => {
  it("encodes every value as one segment", () => {
    const path = fillPath("/users/{userId}/vendors/{vendor}", { userId: "a/b?c#d", vendor: "é %" });

    expect(path).toBe("/users/a%2Fb%3Fc%23d/vendors/%C3%A9%20%25");
  });

  it.each<[string, unknown]>([
    ["missing", undefined],
    ["null", null],
    ["empty", ""],
    ["blank", " \t"],
    ["a number", 5],
    ["an object", {}],
    [".", "."],
    ["..", ".."],
    ["half of a surrogate pair", "a\ud800"],
  ])("refuses an ID that is %s, by name", (_what, userId) => {
    const fill = () => fillPath("/users/{userId}", { userId: userId as string });

    const error = errorOf(fill, isConfigurationError);

    expect(error).toMatchObject({ code: "invalid_argument", parameter: "userId" });
    expect(error.message).toContain("userId");
  });

  it("refuses a path without its values", () => {
    expect(
      errorOf(() => fillPath("/users/{userId}", undefined), isConfigurationError).parameter,
    ).toBe("userId");
  });

  it("keeps any ID one segment, from which it can be read back", () => {
    fc.assert(
      fc.property(anyId, anyId, (userId, vendor) => {
        const path = fillPath("/users/{userId}/vendors/{vendor}", { userId, vendor });
        const { pathname, search, hash } = new URL(`https://api.example${path}`);
        expect(pathname.split("/").map(decodeURIComponent)).toEqual([
          "",
          "users",
          userId,
          "vendors",
          vendor,
        ]);
        expect(search + hash).toBe("");
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("an ID on the wire", () => {
  const start = useLoopback();

  it("reaches the server as it is, and no other path is ever addressed", async () => {
    const { baseUrl, tokenUrl, requests } = await start({
      api: (_request, response) => response.writeHead(204).end(),
    });
    const enode = createClient({ baseUrl, tokenUrl });

    await fc.assert(
      fc.asyncProperty(anyId, async (userId) => {
        await enode.request("deleteUser", { path: { userId } });
        const [empty, users, id = "", ...rest] = requests.at(-1)?.url.split("/") ?? [];
        expect([empty, users, decodeURIComponent(id), rest]).toEqual(["", "users", userId, []]);
      }),
      { numRuns: 300 },
    );
    // Time enough for any machine.
  });

  it.each(["", " ", ".", ".."])("is never sent when it is %j", async (userId) => {
    const fetch = stubFetch();

    const error = await failureOf(
      createClient({ fetch }).request("deleteUser", { path: { userId } }),
      isConfigurationError,
    );

    expect(error.parameter).toBe("userId");
    expect(fetch.tokenRequests).toHaveLength(0);
    expect(fetch.apiRequests).toHaveLength(0);
  });
});

it("says what an ID is that is none, in a sentence that can be read", () => {
  const fill = () => fillPath("/users/{userId}", { userId: {} as never });
  expect(fill).toThrow("userId must be a string that is not empty, but it is an object.");
});
