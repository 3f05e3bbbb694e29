import { describe, expect, it } from "vitest";
import { isConfigurationError } from "../../../src/errors/index.ts";
import type { ReplayClaim } from "../../../src/storage/contracts/replay-guard.ts";
import { deliverySink } from "../../../src/storage/delivery-sink.ts";
import { redisReplayGuard } from "../../../src/storage/redis/index.ts";
import { withRedis } from "../../support/services.ts";
import { libraries, useRedis } from "../support/redis-clients.ts";

const hour = 3_600_000;

function expectClaim(claim: ReplayClaim | "duplicate" | "busy"): ReplayClaim {
  if (typeof claim === "string") throw new Error(`There is no claim: ${claim}.`);
  return claim;
}

describe.each(libraries)("%s", (library) => {
  withRedis("a replay guard in Redis", ({ url, prefix }) => {
    const connections = useRedis(url, library);
    const keyOf = (digest: string) => `${prefix}replay:["production:a","${digest}"]`;
    const guards = (ttl?: number) => {
      const { client } = connections();
      return redisReplayGuard({ client, prefix, ...(ttl !== undefined && { ttl }) });
    };

    it("gives a delivery to one of 100 who ask at the same time", async () => {
      const guard = guards();
      const asked = Array.from({ length: 100 }, () => guard.claim("production:a", "many"));
      const outcomes = await Promise.all(asked);

      expect(outcomes.filter((outcome) => typeof outcome === "object")).toHaveLength(1);
      expect(outcomes.filter((outcome) => outcome === "busy")).toHaveLength(99);
    });

    it("knows a delivery that was confirmed, also in another process", async () => {
      await expectClaim(await guards().claim("production:a", "done")).confirm();

      expect(await guards().claim("production:a", "done")).toBe("duplicate");
    });

    it("gives a delivery again that was given back", async () => {
      await expectClaim(await guards().claim("production:a", "back")).release();

      expectClaim(await guards().claim("production:a", "back"));
    });

    it("gives a delivery again when its holder died", async () => {
      const { raw } = connections();
      await guards().claim("production:a", "died");
      const left = await raw.pttl(keyOf("died"));
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThanOrEqual(30_000);

      // In place of waiting for it.
      await raw.del(keyOf("died"));
      expectClaim(await guards().claim("production:a", "died"));
    });

    it("keeps what others have done since a claim ended", async () => {
      const { raw } = connections();
      const late = expectClaim(await guards().claim("production:a", "late"));
      await raw.del(keyOf("late"));
      const current = expectClaim(await guards().claim("production:a", "late"));

      await late.release();
      expect(await guards().claim("production:a", "late")).toBe("busy");
      // It was handed over, if late, and the copy that failed does not change that.
      await late.confirm();
      await current.release();
      expect(await guards().claim("production:a", "late")).toBe("duplicate");
    });

    it.each([
      [undefined, 25 * hour],
      [hour, hour],
    ])("recognises copies for a ttl of %s ms", async (ttl, expected) => {
      const { raw } = connections();
      await expectClaim(await guards(ttl).claim("production:a", `for ${ttl}`)).confirm();

      const left = await raw.pttl(keyOf(`for ${ttl}`));
      expect(left).toBeGreaterThan(expected - 60_000);
      expect(left).toBeLessThanOrEqual(expected);
    });

    it("keeps namespaces apart, however they are named", async () => {
      const pairs: [string, string][] = [
        ["a:b", "c"],
        ["a", "b:c"],
        ['a","b', "c"],
        ["a", 'b","c'],
        ["{a}", "c"],
        ["a\ud800", "c"],
        ["a\ufffd", "c"],
        ["__proto__", "c"],
        ["nul\0", "c"],
        ["nul", "c"],
      ];
      for (const pair of pairs) await expectClaim(await guards().claim(...pair)).confirm();
      for (const pair of pairs) expect(await guards().claim(...pair)).toBe("duplicate");
    });

    it("has a delivery handed over once by several sinks", async () => {
      const handed: string[] = [];
      const sinks = Array.from({ length: 8 }, (_, n) =>
        deliverySink(async () => handed.push(`sink ${n}`), { replayGuard: guards() }),
      );
      const delivery = {
        namespace: "production:a",
        digest: "ff".repeat(32),
        deliveryId: undefined,
        receivedAt: 0,
        events: [],
      };

      const outcomes = await Promise.allSettled(sinks.map((sink) => sink.append(delivery)));
      expect(handed).toHaveLength(1);
      const acknowledged = outcomes.flatMap((outcome) =>
        outcome.status === "fulfilled" ? [outcome.value] : [],
      );
      expect(acknowledged.filter((outcome) => outcome === "new")).toHaveLength(1);
      expect(await sinks[0]?.append(delivery)).toBe("duplicate");
    });
  });
});

describe("a replay guard in Redis", () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "1000"])(
    "refuses a ttl of %s",
    (ttl) => {
      const client = { status: "ready", eval: async () => undefined };
      const attempt = () => redisReplayGuard({ client, ttl: ttl as number });
      expect(attempt).toThrow(expect.toSatisfy(isConfigurationError));
    },
  );
});
