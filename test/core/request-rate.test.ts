import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RequestRate } from "../../src/core/request-rate.ts";

/** Sends as soon as it may, looking again after each of these pauses, and returns the times. */
function send(rate: RequestRate, pauses: readonly number[]): number[] {
  const times: number[] = [];
  let now = 0;
  for (const pause of pauses) {
    now += pause;
    while (rate.wait(now) === 0) {
      rate.sent(now);
      times.push(now);
    }
  }
  return times;
}

const everyMillisecond = (milliseconds: number) => Array.from({ length: milliseconds }, () => 1);

/** The most times within a window, which holds its start and not its end. */
function mostWithin(times: readonly number[], window: number): number {
  let most = 0;
  let from = 0;
  times.forEach((time, to) => {
    while ((times[from] ?? time) <= time - window) from++;
    most = Math.max(most, to - from + 1);
  });
  return most;
}

describe("a rate of requests", () => {
  it.each([1, 3, 10, 50, 200])("lets %i through in each second, and no more", (perSecond) => {
    const times = send(new RequestRate(perSecond), everyMillisecond(10_000));

    expect(mostWithin(times, 1_000)).toBe(perSecond);
    expect(times.length).toBeGreaterThanOrEqual(perSecond * 10 - Math.ceil(perSecond / 10));
  });

  it("is never exceeded in any second, whenever requests come and however late timers are", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.double({ min: 0.01, max: 700, noNaN: true }), { maxLength: 200 }),
        (perSecond, pauses) => {
          expect(mostWithin(send(new RequestRate(perSecond), pauses), 1_000)).toBeLessThanOrEqual(
            perSecond,
          );
        },
      ),
    );
  });

  it.each([
    [1, 1],
    [10, 2],
    [50, 6],
    [200, 21],
  ])("of %i a second lets %i follow each other at once after a pause", (perSecond, burst) => {
    const rate = new RequestRate(perSecond);

    expect(send(rate, [1_000])).toHaveLength(burst);
    expect(send(rate, [60_000])).toHaveLength(burst);
  });

  it("spreads the others evenly", () => {
    const times = send(new RequestRate(20), everyMillisecond(300));

    expect(times).toEqual([1, 1, 1, 51, 101, 151, 201, 251]);
  });

  it("makes up for timers that are late", () => {
    const times = send(
      new RequestRate(50),
      Array.from({ length: 250 }, () => 40),
    );

    expect(times.length).toBeGreaterThan(490);
  });

  it.each([
    [0.5, 2_000, 1],
    [2.5, 1_200, 3],
  ])("may be a fraction: %d a second", (perSecond, window, most) => {
    const times = send(new RequestRate(perSecond), everyMillisecond(60_000));

    expect(mostWithin(times, window)).toBe(most);
    expect(times.length).toBeGreaterThanOrEqual(perSecond * 60 - 1);
  });
});
