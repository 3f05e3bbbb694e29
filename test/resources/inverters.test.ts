import { describe, expect, it } from "vitest";
import type { InverterStatistics } from "../../src/index.ts";
import { clientOver, failureOf, unhandledDuring } from "./support/client.ts";

const statistics: InverterStatistics = { timezone: "Europe/Oslo", resolutions: {} };
const retryAfter = "2026-03-12T06:00:00.000Z";

const over = (status: number, body: unknown) =>
  clientOver(async () => Response.json(body, { status, headers: { "x-request-id": "req-7" } }))
    .inverters;

describe("inverters.getStatistics", () => {
  it("gives figures that stay", async () => {
    const result = await over(200, statistics).getStatistics("i-1", { year: 2026, month: 3 });
    expect(result).toEqual({ status: "final", statistics });
  });

  it("gives figures that may still change, and when to ask again", async () => {
    const interim = { ...statistics, retryAfter };
    const result = await over(202, interim).getStatistics("i-1", { year: 2026, month: 3, day: 11 });
    expect(result).toEqual({
      status: "interim",
      statistics: interim,
      retryAt: new Date(retryAfter),
    });
  });

  it("returns the response, whichever they are", async () => {
    for (const [status, body, kind] of [
      [200, statistics, "final"],
      [202, { ...statistics, retryAfter }, "interim"],
    ] as const) {
      const call = over(status, body).getStatistics("i-1", { year: 2026, month: 3 });
      const { data, response, requestId } = await call.withResponse();
      expect(data.status).toBe(kind);
      expect(response.status).toBe(status);
      expect(requestId).toBe("req-7");
    }
  });

  it("leaves no failure unhandled when only withResponse() is used", async () => {
    const unhandled = await unhandledDuring(async () => {
      const call = over(400, {}).getStatistics("i-1", { year: 2026, month: 13 });
      expect(await failureOf(call.withResponse())).toMatchObject({ name: "BadRequestError" });
    });
    expect(unhandled).toEqual([]);
  });
});
