import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { long } from "../../../support/long.ts";
import { bundleChild, KillHarness } from "../support/kill-harness.ts";
import { places, placesOfFailing } from "../support/kill-places.ts";

let folder = "";
let program = "";
let harness: KillHarness;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "enode-kill-child-"));
  program = await bundleChild(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(() => {
  harness = new KillHarness(program);
});
afterEach(() => harness.close());

/** Each twice and thrice in a delivery, so that order counts within it and between deliveries. */
const devices = ["a", "b", "a", "c", "b"];
const kills = long(50, 4);

/** Into the log of the test run, as nothing forbids these numbers but somebody should see them. */
function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

function expectNothingLost(): void {
  // All of them, each device in its order: an event was not handled before an earlier one had been.
  expect(harness.firstHandlings()).toEqual(harness.delivered);
}

describe.each(places)("a process killed %s", (name, pointOf) => {
  it(`${kills} times loses nothing and keeps the order of each device`, async () => {
    for (let n = 0; n < kills; n++) {
      const point = pointOf(n);
      const child = await harness.start(point);
      await harness.deliver(child, devices);
      if (point.name !== "append") harness.work(child);
      await child.next("reached");
      expect(await child.kill()).toBe("SIGKILL");
    }
    await harness.drain(await harness.start());

    expectNothingLost();
    const total = [...harness.delivered.values()].flat().length;
    expect(total).toBe(kills * devices.length);
    // A kill repeats what was handled and not yet completed: at most as many as are handled at once.
    const doubles = harness.doubles();
    expect(doubles).toBeLessThanOrEqual(2 * kills);
    if (name === "between handling and completion") expect(doubles).toBeGreaterThanOrEqual(kills);
    tell(`${kills} kills ${name}: ${doubles} of ${total} events were handled twice`);
  });

  it("beside another one leaves its devices to that one once its leases have ended", async () => {
    const survivor = await harness.start();
    harness.work(survivor);
    const rounds = long(10, 4);
    for (let n = 0; n < rounds; n++) {
      // Not past any lease, so that both are at work at the same time.
      const point = { ...pointOf(n), nth: 1 };
      const victim = await harness.start(point, false);
      await harness.deliver(victim, ["a", "b", "a", "b"]);
      if (point.name !== "append") harness.work(victim);
      await victim.next("reached");
      // More about the devices that the victim may hold, and about one that it does not.
      await harness.deliver(survivor, ["a", "b", "c"]);
      await survivor.until(() => harness.handlings().some(({ text }) => text === `c ${n}`));
      expect(await victim.kill()).toBe("SIGKILL");
      await harness.drain(survivor);
    }

    expectNothingLost();
    const doubles = harness.doubles();
    tell(`${rounds} kills beside another process ${name}: ${doubles} were handled twice`);
  });
});

describe("a process at work, which is handed events as it keeps them,", () => {
  it(`is killed ${kills} times as it handles them, and nothing is lost`, async () => {
    for (let n = 0; n < kills; n++) {
      const child = await harness.start({ name: "complete", nth: 1 + (n % 4) });
      harness.work(child);
      await harness.deliver(child, devices);
      await child.next("reached");
      expect(await child.kill()).toBe("SIGKILL");
    }
    await harness.drain(await harness.start());

    expectNothingLost();
    tell(`${kills} kills at work: ${harness.doubles()} events were handled twice`);
  });

  it(`is killed ${kills} times before it has answered, and nothing is lost when Enode repeats it`, async () => {
    for (let n = 0; n < kills; n++) {
      const child = await harness.start({ name: "claim", nth: 1 });
      harness.work(child);
      const events = harness.make(devices);
      child.send({ deliver: events });
      await child.next("reached");
      expect(child.has("status")).toBe(false);
      expect(await child.kill()).toBe("SIGKILL");
      const next = await harness.start();
      await harness.send(next, events);
      await harness.drain(next);
      await next.kill();
    }

    expectNothingLost();
    expect(harness.doubles()).toBe(0);
  });
});

describe.each(placesOfFailing)(
  "a process whose handlers fail at first, killed %s,",
  (_, pointOf, circuit) => {
    it("loses nothing and keeps the order of each device", async () => {
      const failing = new KillHarness(program, undefined, 5);
      const rounds = long(20, 3);
      try {
        const circuits = await failing.killInTurn(rounds, pointOf, devices);
        expect(circuits).toEqual(Array(rounds).fill(circuit));
        expect(failing.firstHandlings()).toEqual(failing.delivered);
      } finally {
        await failing.close();
      }
    });
  },
);
