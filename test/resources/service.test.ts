import { describe, expect, it } from "vitest";
import { clientOver, failureOf } from "./support/client.ts";

function answering(...answers: (() => Response)[]) {
  const requests: Request[] = [];
  const fetch = async (request: Request) => {
    requests.push(request);
    const answer = answers[Math.min(requests.length, answers.length) - 1];
    if (answer === undefined) throw new TypeError("fetch failed");
    return answer();
  };
  return { requests, fetch };
}

describe("service.isReady", () => {
  it("is true when all of Enode works", async () => {
    const { fetch, requests } = answering(() => new Response(null, { status: 204 }));
    expect(await clientOver(fetch).service.isReady()).toBe(true);
    expect(new URL(requests[0]?.url ?? "").pathname).toBe("/health/ready");
  });

  it("is false when a part does not, which is not asked again", async () => {
    const { fetch, requests } = answering(() => new Response(null, { status: 503 }));
    expect(await clientOver(fetch, { maxRetries: 3 }).service.isReady()).toBe(false);
    expect(requests).toHaveLength(1);
  });

  it.each([500, 502, 429, 404])("is neither after a %i", async (status) => {
    const { fetch } = answering(() => new Response(null, { status }));
    expect(await failureOf(clientOver(fetch).service.isReady())).toMatchObject({ status });
  });

  it("is neither when nobody answers", async () => {
    const { fetch } = answering();
    expect(await failureOf(clientOver(fetch).service.isReady())).toMatchObject({
      name: "ConnectionError",
    });
  });

  it("is asked again when the call says so", async () => {
    const { fetch, requests } = answering(
      () => new Response(null, { status: 503, headers: { "retry-after": "0" } }),
      () => new Response(null, { status: 204 }),
    );
    expect(await clientOver(fetch).service.isReady({ maxRetries: 1 })).toBe(true);
    expect(requests).toHaveLength(2);
  });

  it("needs no token", async () => {
    const { fetch, requests } = answering(() => new Response(null, { status: 204 }));
    const tokenProvider = async () => {
      throw new Error("nobody asked for a token");
    };
    expect(await clientOver(fetch, { tokenProvider }).service.isReady()).toBe(true);
    expect(requests[0]?.headers.has("authorization")).toBe(false);
    expect(requests[0]?.headers.get("enode-version")).toBe("2024-10-01");
  });
});
