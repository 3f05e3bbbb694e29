import { describe, expect, it } from "vitest";
import { command, pageOf, start } from "../support.ts";

describe("the clock of the workbench", () => {
  it("is advanced and set forward, and never back", async () => {
    const server = await start();
    const now = () => server.clock.now().toISOString();
    expect(now()).toBe("2025-01-06T08:00:00.000Z");
    expect(await command(server, { do: "advance", minutes: "480" })).toBe(
      "The clock was advanced: it is 2025-01-06 16:00 UTC.",
    );
    expect(await command(server, { do: "set-time", time: "2025-01-07T22:30" })).toContain(
      "2025-01-07 22:30 UTC",
    );
    for (const [time, reason] of [
      ["2025-01-07T22:29", "is past"],
      ["2026-01-07T22:29", "at most 31 days"],
      ["tomorrow", "no date"],
      ["2025-13-40T99:99", "no date"],
      ["2025-01-08T00:00+02:00", "no date"],
      ["", "no date"],
    ] as const) {
      expect(await command(server, { do: "set-time", time })).toContain(reason);
    }
    for (const minutes of ["0", "-5", "1.5", "1441", "x", ""]) {
      expect(await command(server, { do: "advance", minutes })).toBe("400");
    }
    expect(now()).toBe("2025-01-07T22:30:00.000Z");
  });

  it("runs at the speed that is chosen, and shows it", async () => {
    const server = await start();
    const shown = async () =>
      /<span class="badge">([^<]*)<\/span><\/p>/.exec(await pageOf(server))?.[1];
    const pressed = async () =>
      [...(await pageOf(server)).matchAll(/value="(\d+)" aria-pressed="true"/g)].map(
        (found) => found[1],
      );
    expect(await shown()).toBe("Manual");
    expect(await pressed()).toEqual(["0"]);
    expect(await command(server, { do: "speed", speed: "600" })).toBe("The clock runs at 600×.");
    expect(await shown()).toBe("600×");
    expect(await pressed()).toEqual(["600"]);
    const begun = server.clock.now().getTime();
    await expect.poll(() => server.clock.now().getTime()).toBeGreaterThan(begun);
    expect(await command(server, { do: "speed", speed: "0" })).toBe("The clock is paused.");
    expect(await shown()).toBe("Paused");
    expect(await pageOf(server)).toContain('data-paused="true"');
    const paused = server.clock.now();
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.clock.now()).toEqual(paused);
    for (const speed of ["-1", "1e9", "fast", ""]) {
      expect(await command(server, { do: "speed", speed })).toBe("400");
    }
  });
});
