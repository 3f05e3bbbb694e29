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
    ["1, 1", "2026-01-01T00:00:01.000Z"],
    ["Thu, 01 Jan 2026 00:01:00 GMT, Thu, 01 Jan 2026 00:01:00 GMT", "2026-01-01T00:01:00.000Z"],
    ["9".repeat(400), "+275760-09-13T00:00:00.000Z"],
  ])("takes %s", (value, expected) => {
    expect(parse(value)?.toISOString()).toBe(expected);
  });

  it.each([
    undefined,
    "",
    "soon",
    "-1",
    "1e3",
    "0x10",
    "1,5",
    "1, 2",
    "5 s",
    "Thu, nonsense",
    "May 2999",
  ])("ignores %s", (value) => {
    expect(parse(value)).toBeUndefined();
  });

  it.each([
    ["behind", "Thu, 01 Jan 2026 02:00:00 GMT", "Thu, 01 Jan 2026 02:01:00 GMT"],
    ["ahead", "Wed, 31 Dec 2025 22:00:00 GMT", "Wed, 31 Dec 2025 22:01:00 GMT"],
  ])("counts from the answer's Date when the local clock is 2 h %s", (_what, date, retryAfter) => {
    const headers = new Headers({ date, "retry-after": retryAfter });

    expect(parseRetryAfter(headers, now)?.toISOString()).toBe("2026-01-01T00:01:00.000Z");
  });

  it("takes a date as it is when the answer's Date is invalid", () => {
    const headers = new Headers({ date: "now", "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" });

    expect(parseRetryAfter(headers, now)?.toISOString()).toBe("2026-01-01T00:01:00.000Z");
  });

  it("takes seconds as they are, whatever the answer's Date is", () => {
    const headers = new Headers({ date: "Thu, 01 Jan 2026 02:00:00 GMT", "retry-after": "60" });

    expect(parseRetryAfter(headers, now)?.toISOString()).toBe("2026-01-01T00:01:00.000Z");
  });
});
