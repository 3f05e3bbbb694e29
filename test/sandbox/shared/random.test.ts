import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Random } from "../../../src/sandbox/shared/random.ts";

setFlagsFromString("--expose-gc");
// Without the flag at the start only a new context has it.
const collect = runInNewContext("gc") as () => void;

/** How many bytes of memory a value takes, on average of many. */
function sizeOf(create: () => unknown): number {
  const values: unknown[] = new Array(20_000);
  collect();
  const before = process.memoryUsage().heapUsed;
  for (let at = 0; at < values.length; at += 1) values[at] = create();
  collect();
  const after = process.memoryUsage().heapUsed;
  // Read here, so that they are still there.
  expect(values.at(-1)).toBeDefined();
  return (after - before) / values.length;
}

describe("random texts", () => {
  it("take no more memory than their characters: a fleet has 100,000 of each", () => {
    const random = new Random(1, "memory");
    expect(sizeOf(() => random.uuid())).toBeLessThan(64);
    expect(sizeOf(() => random.text(17))).toBeLessThan(48);
  });

  it("are the same for the same seed", () => {
    const texts = () => {
      const random = new Random(1, "same");
      return [random.uuid(), random.text(5), random.text(0)];
    };
    expect(texts()).toEqual(texts());
    expect(texts()[0]).toMatch(
      /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });
});
