import { describe, expect, it } from "vitest";
import { parseRetryAfter } from "../../src/core/retry-after.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const parse = (value: string | undefined) =>
  parseRetryAfter(new Headers(value === undefined ? {} : { "retry-after": value }), now);

describe("reading Retry-After", () => {
  it.each([
    ["0", "2026-01-01T00:00:00.000Z"],
    ["120", "2026-01-01T00:02:00.000Z"],
    ["0.5", "2026-01-01T00:00:00.500Z"],
    ["Thu, 01 Jan 2026 00:01:00 GMT", "2026-01-01T00:01:00.000Z"],
    ["Thursday, 01-Jan-26 00:01:00 GMT", "2026-01-01T00:01:00.000Z"],
    ["Mon, 01 Jan 2001 00:00:00 GMT", "2026-01-01T00:00:00.000Z"],
    ["9".repeat(400), "+275760-09-13T00:00:00.000Z"],
  ])("takes %s", (value, expected) => {
    expect(parse(value)?.toISOString()).toBe(expected);
  });

  it.each([undefined, "", "soon", "-1", "1e3", "0x10", "1,5", "5 s", "Thu, nonsense", "May 2999"])(
    "ignores %s",
    (value) => {
      expect(parse(value)).toBeUndefined();
    },
  );
});
