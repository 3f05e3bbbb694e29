import { describe, expect, it } from "vitest";
import { Enode } from "../../../../src/index.ts";
import type { SandboxServer } from "../../../../src/sandbox/index.ts";
import { escapeHtml } from "../../../../src/sandbox/pages/shared/html.ts";
import { command, HOSTILE, start } from "../support.ts";

const GONE = "The account or device does not exist any more.";

function clientOf(server: SandboxServer): Enode {
  return new Enode({
    ...server.credentials,
    environment: "sandbox",
    baseUrl: server.apiUrl,
    tokenUrl: server.tokenUrl,
    maxRetries: 0,
  });
}

/** The page of a user, who must exist. */
async function userPage(server: SandboxServer, id: string): Promise<string> {
  const response = await fetch(`${server.apiUrl}/?tab=fleet&user=${encodeURIComponent(id)}`);
  expect(response.status).toBe(200);
  return response.text();
}

describe("the page of a user", () => {
  it("says who does not exist, with 404", async () => {
    const server = await start();
    const response = await fetch(`${server.apiUrl}/?user=${encodeURIComponent(HOSTILE)}`);
    expect(response.status).toBe(404);
    const page = await response.text();
    expect(page).toContain("There is no such user");
    expect(page).not.toContain(HOSTILE);
  });

  it("signs accounts out, and in again", async () => {
    const server = await start({ fleet: [{ id: HOSTILE, vehicles: [{ vendor: "TESLA" }] }] });
    const account = { user: HOSTILE, vendor: "TESLA" };
    expect(await userPage(server, HOSTILE)).toContain("Invalidate credentials");
    expect(await command(server, { do: "invalidate", ...account })).toContain(
      " at TESLA no longer work.",
    );
    expect(server.devices.list()[0]?.isReachable).toBe(false);
    const page = await userPage(server, HOSTILE);
    expect(page).toContain("Signed out");
    expect(page).not.toContain(HOSTILE);
    expect(page).toContain(`TESLA: signed out`);
    expect(await command(server, { do: "sign-in-again", ...account })).toContain(
      " at TESLA work again.",
    );
    expect(server.devices.list()[0]?.isReachable).toBe(true);
    expect(await userPage(server, HOSTILE)).not.toContain("Signed out</span>");
    for (const name of ["invalidate", "sign-in-again"]) {
      expect(await command(server, { do: name, ...account, vendor: "BMW" })).toBe(GONE);
      expect(await command(server, { do: name, ...account, user: "nobody" })).toBe(GONE);
    }
  });

  it("raises the event of lost credentials once", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{ vendor: "TESLA" }] }] });
    await clientOf(server).webhooks.create({
      url: "http://127.0.0.1:9/nobody",
      secret: "0123456789abcdef0123456789abcdef",
      events: ["user:credentials:invalidated"],
    });
    await command(server, { do: "invalidate", user: "anna", vendor: "TESLA" });
    await command(server, { do: "invalidate", user: "anna", vendor: "TESLA" });
    const names = server.events.list().map(({ event }) => event);
    expect(names.filter((name) => name === "user:credentials:invalidated")).toHaveLength(1);
  });

  it("shows devices, locations with tariffs, and HEM systems", async () => {
    const server = await start({
      fleet: [{ id: "anna", inverters: [{}], batteries: [{}], meters: [{}] }],
    });
    const enode = clientOf(server);
    const location = await enode.locations.create("anna", {
      name: HOSTILE,
      latitude: 59.91,
      longitude: 10.75,
      timezoneName: "Europe/Oslo",
    });
    const bare = await userPage(server, "anna");
    expect(bare).toContain("No tariff");
    await enode.tariffs.set("night", [
      { name: "NIGHT<b>", cost: "0.10" },
      { name: "DAY", cost: "0.30" },
    ]);
    await enode.locations.setTariff(location.id, {
      tariffId: "night",
      tariffIntervals: [{ name: "NIGHT<b>", from: "00:00", to: "06:00", weekdays: [0] }],
    });
    server.clock.advance("2h");
    const page = await userPage(server, "anna");
    expect(page).toContain("3 devices");
    expect(page).toContain("Power of the home");
    expect(page.match(/id="of-user-/g)).toHaveLength(3);
    expect(page).toContain(escapeHtml(HOSTILE));
    expect(page).not.toContain(HOSTILE);
    expect(page).toContain("NIGHT&lt;b&gt; 0.10, DAY 0.30");
    expect(page).toContain("00:00 to 06:00");
    expect(page).toContain("HEM systems");
    const [system] = server.devices.list("anna", "hemSystem");
    expect(page).toContain(`title="${system?.id}"`);
    expect(page).toMatch(/<dt>Used<\/dt><dd>[\d.]+ kWh<\/dd>/);
  });

  it("shows the first fifty devices of many", async () => {
    const server = await start({ fleet: { users: 1, vehiclesPerUser: 60 } });
    const page = await userPage(server, "user-1");
    expect(page.match(/id="of-user-/g)).toHaveLength(50);
    expect(page).toContain('href="/?tab=fleet&amp;q=user-1">All 60 devices</a>');
  });

  it("deauthorizes and deletes a user, each by a second step", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{}], chargers: [{}] }] });
    const enode = clientOf(server);
    const page = await userPage(server, "anna");
    expect(page).toMatch(/<summary>Deauthorize…<\/summary>[\s\S]*Deauthorize anna</);
    expect(page).toMatch(/<summary>Delete…<\/summary>[\s\S]*Delete anna for good</);
    expect(await command(server, { do: "deauthorize-user", user: "anna" })).toBe(
      "All credentials of anna were deleted.",
    );
    expect((await enode.users.get("anna")).linkedVendors.map(({ isValid }) => isValid)).toEqual([
      false,
      false,
    ]);
    expect(server.devices.list("anna")).toHaveLength(2);
    const back = "tab=fleet&user=anna";
    expect(await command(server, { do: "delete-user", user: "anna", back })).toBe(
      "anna was deleted with all devices.",
    );
    expect(server.devices.list()).toEqual([]);
    await expect(enode.users.get("anna")).rejects.toMatchObject({ status: 404 });
    for (const name of ["deauthorize-user", "delete-user"]) {
      expect(await command(server, { do: name, user: "anna" })).toBe(GONE);
    }
  });

  it("ends the link sessions of a deleted user", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{}] }] });
    const { linkToken } = await clientOf(server).users.link("anna", {
      vendorType: "vehicle",
      scopes: ["vehicle:read:data"],
      language: "en-GB",
      redirectUri: "https://app.example.com",
    });
    expect(await userPage(server, "anna")).toContain(`href="/link/${linkToken}"`);
    await command(server, { do: "delete-user", user: "anna" });
    expect((await fetch(`${server.apiUrl}/link/${linkToken}`)).status).toBe(410);
  });
});
