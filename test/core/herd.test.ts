import { describe, expect, it, vi } from "vitest";
import type { Enode } from "../../src/enode.ts";
import { later, pass, useFakeClock } from "../support/clock.ts";
import { createClient, json, problem, stubFetch } from "../support/stub.ts";

useFakeClock();

/** The same chances in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

/** A server that allows so many requests in each second, and answers the others with a 429. */
function limitedServer(options: { perSecond: number; bucket: boolean; retryAfter?: string }) {
  const { perSecond, bucket, retryAfter } = options;
  const random = seeded(7);
  let left = perSecond;
  let filledAt = performance.now();
  let refused = 0;
  const allows = () => {
    const now = performance.now();
    if (bucket) {
      left = Math.min(perSecond, left + ((now - filledAt) / 1000) * perSecond);
      filledAt = now;
    } else if (now - filledAt >= 1000) {
      left = perSecond;
      filledAt += Math.floor((now - filledAt) / 1000) * 1000;
    }
    return left >= 1 && left-- > 0;
  };
  const fetch = stubFetch({
    api: async () => {
      await later(20 + random() * 60);
      const isAllowed = allows();
      if (!isAllowed) refused++;
      await later(20 + random() * 60);
      if (isAllowed) return json({ id: "ok" });
      return problem(429, retryAfter === undefined ? {} : { "retry-after": retryAfter });
    },
  });
  return { fetch, refused: () => refused };
}

const kinds = ["vehicles", "chargers", "batteries"] as const;
const herds = [
  {
    what: "for one vehicle",
    call: (enode: Enode) => enode.vehicles.get("v-1"),
    share: 0.1,
  },
  // That the limit is wide shows only by several refusals.
  {
    what: "for each another vehicle",
    call: (enode: Enode, nth: number) => enode.vehicles.get(`v-${nth}`),
    share: 0.125,
  },
  {
    what: "of three operations",
    call: (enode: Enode, nth: number) => enode[kinds[nth % 3] ?? "vehicles"].get(`d-${nth}`),
    share: 0.125,
  },
];

describe("500 calls at once, of which a server allows 50 a second", () => {
  const servers = [
    [true, "1"],
    [false, "1"],
    [true, undefined],
    [false, undefined],
    [true, "0"],
    [false, "0"],
    [false, "0.5"],
    [false, "soon"],
    [true, "Thu, 01 Jan 2015 00:00:00 GMT"],
  ] as const;
  const cases = servers.flatMap(([bucket, retryAfter], index) =>
    herds.slice(0, index < 4 ? 3 : 1).map((herd) => ({ ...herd, bucket, retryAfter })),
  );

  it.each(cases)(
    "$what all succeed, and at most $share of them are refused (bucket $bucket, Retry-After $retryAfter)",
    async ({ call, share, bucket, retryAfter }) => {
      vi.spyOn(Math, "random").mockImplementation(seeded(3));
      const server = limitedServer({ perSecond: 50, bucket, ...(retryAfter && { retryAfter }) });
      const enode = createClient({ fetch: server.fetch });
      const calls = Promise.allSettled(Array.from({ length: 500 }, (_, nth) => call(enode, nth)));
      await pass(31_000);
      const outcomes = await calls;
      const failed = outcomes.filter(({ status }) => status === "rejected");

      expect(failed).toEqual([]);
      expect(server.refused() / server.fetch.apiRequests.length).toBeLessThanOrEqual(share);
    },
  );
});
