import { describe, expect, it } from "vitest";
import { command, HOSTILE, start } from "../support.ts";

describe("the fleet of the workbench", () => {
  it("does what owners do", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{ batteryLevel: 50 }] }] });
    const [car] = server.devices.list();
    const device = car?.id ?? "";
    const state = () => {
      const now = server.devices.get(device);
      return now !== undefined && "odometer" in now ? now.chargeState : undefined;
    };
    expect(await command(server, { do: "start", device })).toBe(
      "The owner started to charge Tesla Model 3 of anna.",
    );
    expect(state()?.isCharging).toBe(true);
    expect(await command(server, { do: "advance", minutes: "60" })).toBe(
      "The clock was advanced: it is 2025-01-06 09:00 UTC.",
    );
    expect(state()?.batteryLevel).toBeGreaterThan(60);
    expect(await command(server, { do: "stop", device })).toBe(
      "The owner stopped charging Tesla Model 3 of anna.",
    );
    expect(state()?.isCharging).toBe(false);
    const before = state()?.batteryLevel ?? 0;
    expect(await command(server, { do: "drive", device })).toBe(
      "Tesla Model 3 of anna was driven 50 km.",
    );
    expect(state()).toMatchObject({ isPluggedIn: false });
    expect(state()?.batteryLevel).toBeLessThan(before);
    expect(await command(server, { do: "start", device })).toBe(
      "Tesla Model 3 of anna does not charge: it is full, or there is no cable.",
    );
    expect(await command(server, { do: "plug-in", device })).toBe(
      "Tesla Model 3 of anna is plugged in.",
    );
    expect(await command(server, { do: "unplug", device })).toBe(
      "Tesla Model 3 of anna is unplugged.",
    );
    expect(await command(server, { do: "offline", device })).toBe(
      "Tesla Model 3 of anna is offline.",
    );
    expect(server.devices.get(device)?.isReachable).toBe(false);
    expect(await command(server, { do: "online", device })).toBe(
      "Tesla Model 3 of anna is online.",
    );
    server.devices.update(device, { batteryLevel: 1 });
    expect(await command(server, { do: "drive", device })).toBe(
      "Tesla Model 3 of anna is too empty to drive 50 km.",
    );
    const account = { do: "invalidate", user: "anna", vendor: "TESLA" };
    expect(await command(server, account)).toBe("The credentials of anna at TESLA no longer work.");
    expect(server.devices.get(device)?.isReachable).toBe(false);
    expect(await command(server, { ...account, vendor: "BMW" })).toBe(
      "The account or device does not exist any more.",
    );
    expect(await command(server, { do: "add", user: HOSTILE, kind: "charger" })).toContain(
      " was added.",
    );
    expect(server.devices.list(HOSTILE)).toHaveLength(1);
    expect(await command(server, { do: "unplug", device: "nothing" })).toBe(
      "The account or device does not exist any more.",
    );
    expect(await command(server, { do: "__proto__", device })).toBe("400");
    expect(await command(server, { do: "advance", minutes: "-1" })).toBe("400");
  });

  it("shows the first fifty devices of many, and finds the others", async () => {
    const server = await start({ fleet: { users: 2_000, vehiclesPerUser: 2 } });
    const page = await (await fetch(server.apiUrl)).text();
    expect(page.match(/id="device-/g)).toHaveLength(50);
    expect(page).toContain("2,000 users, 4,000 devices; the first are shown");
    const [last] = server.devices.list();
    const found = await (await fetch(`${server.apiUrl}/?q=${last?.id}`)).text();
    expect(found.match(/id="device-/g)).toHaveLength(1);
    const none = await (await fetch(`${server.apiUrl}/?q=nothing-of-the-sort`)).text();
    expect(none).toContain("Nothing fits the search.");
  });
});
