import { describe, expect, it } from "vitest";
import { Deadline } from "../../src/core/deadline.ts";
import { FairTurns } from "../../src/core/fair-turns.ts";
import { type Turns, WaitQueue } from "../../src/core/wait-queue.ts";
import { pass, useFakeClock } from "../support/clock.ts";

const context = { operation: "getUser", path: "/users/{userId}", attempts: 0 };

describe("thousands of calls that wait", () => {
  useFakeClock();

  it.each<[string, () => Turns]>([
    ["by arrival", () => new Set()],
    ["by end user", () => new FairTurns()],
  ])("check a thousand times in a second, all of them together: %s", async (_order, makeTurns) => {
    const queue = new WaitQueue();
    queue.order(makeTurns());
    let checks = 0;
    let isOpen = false;
    const calls = Array.from({ length: 4_000 }, (_, index) =>
      queue.pass(
        new Deadline(context, 60_000, undefined),
        (isFirst) => {
          checks++;
          return isFirst && isOpen ? index : undefined;
        },
        () => Number.POSITIVE_INFINITY,
        `user-${index % 10}`,
      ),
    );
    await pass(8_000);

    checks = 0;
    await pass(8_000);

    expect(checks).toBeLessThanOrEqual(8 * 1_010);
    isOpen = true;
    await pass(1_000);
    expect((await Promise.all(calls)).length).toBe(4_000);
    expect(queue.isEmpty).toBe(true);
  });
});
