import { describe, expect, it } from "vitest";
import { command, pageOf, start } from "../support.ts";

describe("the faults of the workbench", () => {
  it("switches faults on and off", async () => {
    const server = await start();
    expect(await command(server, { do: "fault", on: "slow" })).toBe(
      "The fault “Slow answers” is on.",
    );
    expect(await command(server, { do: "fault", on: "html-error" })).toContain(" is on.");
    expect(server.faults.list().map(({ preset }) => preset)).toEqual(["slow", "html-error"]);
    expect(await command(server, { do: "fault", off: "slow" })).toBe(
      "The fault “Slow answers” is off.",
    );
    expect(server.faults.list().map(({ preset }) => preset)).toEqual(["html-error"]);
    expect(await command(server, { do: "faults-off" })).toBe("All faults are off.");
    expect(server.faults.list()).toEqual([]);
    // What the program has cleared can be switched on again; what it has set is its own.
    const scoped = { do: "fault", on: "slow", operation: "listVehicles" };
    expect(await command(server, scoped)).toContain(" is on.");
    server.faults.clear();
    expect(await command(server, scoped)).toContain(" is on.");
    expect(server.faults.list()).toMatchObject([{ fault: { operation: "listVehicles" } }]);
    expect(await command(server, { ...scoped, operation: "__proto__" })).toBe("400");
    expect(await command(server, { do: "fault", on: "nothing" })).toBe("400");
    server.faults.set("html-error");
    expect(await command(server, { do: "fault", off: "html-error" })).toContain(" is off.");
    expect(server.faults.list()).toHaveLength(2);
    expect(await pageOf(server, "?tab=faults")).toContain("Set by the program");
  });
});
