import { describe, expect, it } from "vitest";
import { Enode } from "../../../../src/index.ts";
import type { SandboxServer } from "../../../../src/sandbox/index.ts";
import { escapeHtml } from "../../../../src/sandbox/pages/shared/html.ts";
import { command, HOSTILE, pageOf, start } from "../support.ts";

function clientOf(server: SandboxServer): Enode {
  return new Enode({
    ...server.credentials,
    environment: "sandbox",
    baseUrl: server.apiUrl,
    tokenUrl: server.tokenUrl,
    maxRetries: 0,
  });
}

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

  it("applies another choice to the faults that were switched on here", async () => {
    const server = await start();
    server.faults.set("rate-limited");
    const choice = { do: "fault", operation: "listUsers", times: "", share: "" };
    await command(server, { ...choice, on: "slow" });
    await command(server, { ...choice, on: "deliveries-dropped" });
    expect(
      await command(server, { ...choice, operation: "listVehicles", share: "1/4", times: "3" }),
    ).toBe("Applied to 2 faults: Only listVehicles. 1 of 4. At most 3 times.");
    const reach = { operation: "listVehicles", times: 3, bursts: { of: 1, every: 4 } };
    expect(server.faults.list().map(({ preset, fault }) => ({ preset, fault }))).toEqual([
      { preset: "rate-limited", fault: expect.not.objectContaining({ operation: "listVehicles" }) },
      { preset: "slow", fault: expect.objectContaining(reach) },
      { preset: "deliveries-dropped", fault: expect.objectContaining(reach) },
    ]);
    const page = await pageOf(server, "?tab=faults");
    expect(page).toContain('<option value="listVehicles" selected>');
    expect(page).toContain('<option value="1/4" selected>');
    expect(await command(server, { ...choice, operation: "" })).toContain(
      "Any operation, as described.",
    );
    for (const wrong of [{ times: "0" }, { times: "1.5" }, { share: "2/1" }, { operation: "no" }])
      expect(await command(server, { ...choice, ...wrong })).toBe("400");
  });

  it("strikes once, and is off by itself then", async () => {
    const server = await start();
    const enode = clientOf(server);
    await command(server, { do: "fault", on: "html-error", operation: "getUser", times: "1" });
    const status = () =>
      enode.users.get("nobody").then(
        () => 200,
        (error) => error.status,
      );
    expect([await status(), await status()]).toEqual([502, 404]);
    expect(await pageOf(server, "?tab=faults")).not.toContain('aria-checked="true"');
  });

  it("says by a word whether a fault is on", async () => {
    const server = await start();
    const wordsOf = async () =>
      (await pageOf(server, "?tab=faults")).match(/<span class="word" aria-hidden="true">On</g)
        ?.length ?? 0;
    expect(await wordsOf()).toBe(0);
    await command(server, { do: "fault", on: "slow" });
    expect(await wordsOf()).toBe(1);
  });

  it("sets a fault of one's own, which has the same title in the list and in the log", async () => {
    const server = await start();
    const fields = { do: "own-fault", status: "418", operation: "listVehicles", times: "1" };
    expect(await command(server, fields)).toBe(
      "Requests of listVehicles are answered with status 418.",
    );
    expect(await pageOf(server, "?tab=faults")).toContain("<strong>Status 418</strong>");
    await expect(clientOf(server).vehicles.list().toArray({ limit: 1 })).rejects.toMatchObject({
      status: 418,
    });
    expect(server.requests.list().at(-1)).toMatchObject({ status: 418, fault: "Status 418" });
    expect(server.faults.list()).toEqual([]);
    for (const status of ["99", "600", "x", ""])
      expect(await command(server, { ...fields, status })).toBe("400");
  });

  it("clears any fault that stands, also one of the program", async () => {
    const server = await start();
    const { id } = server.faults.set({ status: 500, title: HOSTILE });
    const page = await pageOf(server, "?tab=faults");
    expect(page).toContain(`aria-label="Clear ${escapeHtml(HOSTILE)}"`);
    expect(await command(server, { do: "fault-clear", fault: id })).toContain("is off.");
    expect(server.faults.list()).toEqual([]);
    expect(await command(server, { do: "fault-clear", fault: id })).toContain("ended already");
  });

  it("lets the next command of a device fail", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{ batteryLevel: 20 }] }] });
    const [car] = server.devices.list();
    const device = car?.id ?? "";
    const fields = { do: "next-action", type: "NO_RESPONSE", times: "1" };
    expect(await command(server, { ...fields, device: HOSTILE })).toContain("There is no device");
    expect(await command(server, { ...fields, device })).toBe(
      `The next command on ${device} will end with NO_RESPONSE.`,
    );
    const enode = clientOf(server);
    const { id } = await enode.vehicles.startCharging(device);
    server.clock.advance("1h");
    expect(await enode.vehicles.actions.get(id)).toMatchObject({
      state: "FAILED",
      failureReason: { type: "NO_RESPONSE" },
    });
    expect(await command(server, { ...fields, type: "toString" })).toBe("400");
    expect(await command(server, { ...fields, times: "0.5" })).toBe("400");
  });
});

describe("the scenarios of the workbench", () => {
  it("begin and end, each with the devices it is about", async () => {
    const server = await start({ fleet: [{ id: HOSTILE, vehicles: [{ vendor: "TESLA" }] }] });
    const page = await pageOf(server, "?tab=faults");
    for (const name of server.scenarios.names) expect(page).toContain(`aria-label="Begin ${name}"`);
    const begin = { do: "scenario-begin", name: "vendor-outage" };
    expect(await command(server, begin)).toContain("for all devices");
    await command(server, { ...begin, user: HOSTILE, vendor: "TESLA" });
    expect(server.scenarios.list().map(({ scenario }) => scenario)).toEqual([
      { name: "vendor-outage" },
      { name: "vendor-outage", userId: HOSTILE, vendor: "TESLA" },
    ]);
    const running = await pageOf(server, "?tab=faults");
    expect(running).toContain(`devices of TESLA, the user ${escapeHtml(HOSTILE)}`);
    const ids = [...running.matchAll(/name="scenario" value="(\d+)"/g)].map(
      (found) => found[1] ?? "",
    );
    expect(ids).toHaveLength(2);
    const end = { do: "scenario-end", scenario: ids[0] ?? "" };
    expect(await command(server, end)).toBe("The scenario vendor-outage has ended.");
    expect(await command(server, end)).toBe("The scenario has ended already.");
    expect(server.scenarios.list()).toMatchObject([{ scenario: { userId: HOSTILE } }]);
    expect(await command(server, { ...begin, name: "rain" })).toBe("400");
    expect(await command(server, { ...begin, vendor: "NOBODY" })).toBe("400");
    expect(await command(server, { ...begin, user: "ben" })).toContain("There is no user ben.");
    expect(await command(server, { ...begin, device: "x" })).toContain("There is no device x.");
  });
});
