import { describe, expect, it, vi } from "vitest";
import { backoff } from "../../src/core/retry-policy.ts";
import type { Enode } from "../../src/enode.ts";
import { isEnodeError } from "../../src/errors/index.ts";
import type { RetryEvent } from "../../src/hooks.ts";
import { pass, useFakeClock } from "../support/clock.ts";
import { createClient, failureOf, json, stubFetch } from "../support/stub.ts";

describe("back-off", () => {
  useFakeClock();

  const delays = async (random: number, enode: (onRetry: (e: RetryEvent) => void) => Enode) => {
    vi.spyOn(Math, "random").mockReturnValue(random);
    const seen: number[] = [];
    const client = enode(({ delayMs }) => seen.push(delayMs));
    const failure = failureOf(
      client.request("getVehicle", { path: { vehicleId: "v" } }, { deadline: 600_000 }),
      isEnodeError,
    );
    await pass(600_000);
    await failure;
    return seen;
  };

  it.each([
    [0, [0, 0, 0, 0, 0, 0]],
    [0.5, [250, 500, 1_000, 2_000, 4_000, 4_000]],
    [0.999_999, [500, 1_000, 2_000, 4_000, 8_000, 8_000]],
  ])("lies anywhere below a bound that doubles up to 8 s (chance %d)", async (random, expected) => {
    const fetch = stubFetch({ api: () => json({}, 503) });

    const seen = await delays(random, (onRetry) =>
      createClient({ fetch, maxRetries: 6, hooks: { onRetry } }),
    );

    expect(seen).toEqual(expected);
  });

  it("takes the time that it names", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const sentAt: number[] = [];
    const fetch = stubFetch({
      api: () => {
        sentAt.push(Date.now());
        return json({}, 503);
      },
    });
    const call = createClient({ fetch }).request("getVehicle", { path: { vehicleId: "v" } });
    const failure = failureOf(call);

    await pass(30_000);
    await failure;

    const [first = 0] = sentAt;
    expect(sentAt.map((at) => at - first)).toEqual([0, 250, 750, 1_750]);
  });

  it("never exceeds its bounds, whatever chance says", () => {
    for (let retry = 1; retry <= 2_000; retry++) {
      const delay = backoff(retry);
      expect(delay).toBeGreaterThanOrEqual(0);
      expect(delay).toBeLessThanOrEqual(8_000);
    }
  });
});
