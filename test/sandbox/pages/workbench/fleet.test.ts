import { describe, expect, it, vi } from "vitest";
import { escapeHtml } from "../../../../src/sandbox/pages/shared/html.ts";
import { DeviceLists } from "../../../../src/sandbox/simulation/world/world.ts";
import { command, HOSTILE, pageOf, post, start, tokenOn } from "../support.ts";

const GONE = "The account or device does not exist any more.";

/** How many rows the list of a page has. */
const rowsOn = (page: string) => page.match(/id="row-/g)?.length ?? 0;

describe("the fleet of the workbench", () => {
  it("does what owners do", async () => {
    const server = await start({ fleet: [{ id: "anna", vehicles: [{ batteryLevel: 50 }] }] });
    const [car] = server.devices.list();
    const device = car?.id ?? "";
    const state = () => server.devices.get(device, "vehicle")?.chargeState;
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
    expect(await command(server, { do: "unplug", device: "nothing" })).toBe(GONE);
    expect(await command(server, { do: "__proto__", device })).toBe("400");
    expect(await command(server, { do: "advance", minutes: "-1" })).toBe("400");
  });

  it("has a row for each device, with distinct buttons and no IDs to read", async () => {
    const server = await start({ fleet: "small" });
    const page = await pageOf(server, "?tab=fleet");
    expect(rowsOn(page)).toBe(30);
    expect(page).not.toContain("<code>");
    const labels = [...page.matchAll(/<button[^>]* aria-label="([^"]+)"/g)].map(
      ([, label]) => label,
    );
    expect(labels.length).toBeGreaterThan(30);
    expect(new Set(labels).size).toBe(labels.length);
    const [device] = server.devices.list("user-1", "vehicle");
    expect(page).toContain(`href="/?tab=fleet&amp;device=${device?.id}"`);
    expect(page).toContain('href="/?tab=fleet&amp;user=user-1"');
    expect(page).not.toContain("Invalidate credentials");
  });

  it("says balanced for a meter without power", async () => {
    const server = await start({
      fleet: [{ id: "anna", meters: [{}], batteries: [{ batteryLevel: 60 }] }],
    });
    const [meter] = server.devices.list("anna", "meter");
    expect(meter?.energyState.power).toBe(0);
    const page = await pageOf(server);
    expect(page).toContain(">Balanced</span>");
    expect(page).toContain(">0 kW</span>");
    expect(page).not.toContain("Drawing</span>");
  });

  it("separates thousands, and shows one decimal at most", async () => {
    const server = await start({
      fleet: [{ id: "anna", inverters: [{ totalLifetimeProduction: 33929.74 }] }],
    });
    const [inverter] = server.devices.list();
    expect(await pageOf(server, `?device=${inverter?.id}`)).toContain("33,929.7 kWh");
  });

  it("shows fifty places on a page, and the others on further pages", async () => {
    const server = await start({ fleet: { users: 60, vehiclesPerUser: 2 } });
    const first = await pageOf(server);
    expect(rowsOn(first)).toBe(50);
    expect(first).toContain("60 users, 120 devices");
    expect(first).toContain("Page 1 of 3");
    expect(first).toContain('href="/?page=2"');
    const last = await pageOf(server, "?page=3");
    expect(rowsOn(last)).toBe(20);
    expect(last).not.toContain("Next");
    const seen = [first, await pageOf(server, "?page=2"), last].flatMap((page) =>
      [...page.matchAll(/id="row-([^"]+)"/g)].map(([, id]) => id),
    );
    expect(new Set(seen)).toEqual(new Set(server.devices.list().map(({ id }) => id)));
    for (const page of ["0", "-1", "x", "1.5"]) {
      expect(await pageOf(server, `?page=${page}`)).toContain("Page 1 of 3");
    }
    expect(await pageOf(server, "?page=9")).toContain("Nothing fits.");
  });

  it("makes lists of devices only of the users on the page", async () => {
    const server = await start({ fleet: { users: 500, vehiclesPerUser: 1 } });
    const lists = vi.spyOn(DeviceLists.prototype, "devices");
    expect(rowsOn(await pageOf(server, "?page=5"))).toBe(50);
    expect(lists).toHaveBeenCalledTimes(50);
    lists.mockClear();
    expect(await pageOf(server, "?q=tesla")).toContain(" of 500 devices fit");
    expect(lists).not.toHaveBeenCalled();
  });

  it("ends a search that takes long, and says so", async () => {
    const server = await start({ fleet: 1_000 });
    let time = 0;
    vi.spyOn(performance, "now").mockImplementation(() => {
      time += 200;
      return time;
    });
    const page = await pageOf(server, "?q=user");
    expect(page).toMatch(/At least \d+ of 1,000 devices fit: there are too many/);
  });

  it("finds by user, model, name and ID, and counts what fits", async () => {
    const server = await start({
      fleet: [
        { id: "Anna", vehicles: [{ displayName: "Blue Whale" }], chargers: [{}] },
        { id: "bob", vehicles: [{ vendor: "BMW" }] },
        { id: "bare" },
      ],
    });
    const [bmw] = server.devices.list("bob");
    for (const [search, fits] of [
      ["anna", "2 of 3 devices fit"],
      ["blue wh", "1 of 3 devices fits"],
      ["BMW I4", "1 of 3 devices fits"],
      [bmw?.id ?? "", "1 of 3 devices fits"],
      ["charger", "1 of 3 devices fits"],
      ["zzz", "0 of 3 devices fit"],
    ]) {
      const page = await pageOf(server, `?q=${encodeURIComponent(search ?? "")}`);
      expect(page).toContain(fits);
    }
    const none = await pageOf(server, "?q=zzz");
    expect(none).toContain("Nothing fits.");
    expect(none).toContain('href="/?tab=fleet">Clear</a>');
    const bare = await pageOf(server, "?q=BARE");
    expect(bare).toContain('aria-label="User bare"');
    expect(bare).toContain("No devices");
  });

  it("filters by kind, state and vendor, also what changed by itself", async () => {
    const server = await start({
      fleet: [
        {
          id: "anna",
          vehicles: [
            { batteryLevel: 79, isCharging: true },
            { vendor: "BMW", isPluggedIn: false },
          ],
          hvacs: [{}],
        },
        { id: "bob", chargers: [{ vendor: "TESLA", isReachable: false }] },
      ],
    });
    const rows = async (query: string) => rowsOn(await pageOf(server, query));
    expect(await rows("?kind=vehicle")).toBe(2);
    expect(await rows("?vendor=TESLA")).toBe(2);
    expect(await rows("?vendor=TESLA&kind=charger")).toBe(1);
    expect(await rows("?state=Charging")).toBe(1);
    expect(await rows("?state=Offline&q=bob")).toBe(1);
    expect(await rows("?state=Unplugged")).toBe(1);
    server.clock.advance("8h");
    expect(await rows("?state=Charging")).toBe(0);
    expect(await rows("?state=Charged")).toBe(1);
    // Unknown values filter nothing.
    expect(await rows("?kind=boat&state=__proto__")).toBe(4);
    expect(await rows("?vendor=NOBODY")).toBe(0);
  });

  it("adds a device of a kind, vendor and level", async () => {
    const server = await start();
    const add = (fields: Record<string, string>) => command(server, { do: "add", ...fields });
    expect(
      await add({ user: "anna", model: "vehicle/BMW", batteryLevel: "42", isPluggedIn: "no" }),
    ).toBe("BMW i4 of anna was added.");
    const [car] = server.devices.list("anna", "vehicle");
    expect(car?.chargeState).toMatchObject({ batteryLevel: 42, isPluggedIn: false });
    expect(await add({ user: "anna", model: "vehicle/BMW", batteryLevel: "142" })).toContain(
      "must be a number from 0 to 100, not 142",
    );
    expect(await add({ user: "anna", model: "vehicle/BMW", batteryLevel: "much" })).toContain(
      "not much",
    );
    expect(await add({ user: "anna", model: "vehicle/ADAX" })).toBe(
      "ADAX has no vehicles in the sandbox",
    );
    expect(await add({ user: " ", model: "vehicle/BMW" })).toBe("400");
    expect(await add({ user: "anna", model: "boat/BMW" })).toBe("400");
    expect(await add({ user: "anna", model: "vehicle" })).toBe("400");
    expect(server.devices.list("anna")).toHaveLength(1);
    expect(await add({ user: HOSTILE, model: "charger/EASEE" })).toContain(" was added.");
    expect(server.devices.list(HOSTILE)).toHaveLength(1);
  });

  it("offers each kind with the vendors that have it, and the known users", async () => {
    const server = await start({ fleet: [{ id: HOSTILE }] });
    const page = await pageOf(server);
    const kinds = [...page.matchAll(/<optgroup label="([^"]+)">/g)].map(([, kind]) => kind);
    expect(kinds).toEqual(["vehicle", "charger", "hvac", "inverter", "battery", "meter"]);
    expect(page).toContain('<option value="meter/SMA">SMA Energy Meter 2.0</option>');
    expect(page).not.toContain('value="meter/BMW"');
    expect(page).toContain(`<option value="${escapeHtml(HOSTILE)}"></option>`);
  });

  it("helps with an empty sandbox", async () => {
    const server = await start();
    const page = await pageOf(server);
    expect(page).toContain("Nobody is here yet.");
    expect(page).toContain('href="/?tab=connect"');
    expect(await command(server, { do: "add-household" })).toBe(
      "The user demo has a household of 6 devices.",
    );
    expect(server.devices.list("demo")).toHaveLength(6);
    expect(await command(server, { do: "add-household" })).toBe("The user demo exists already.");
    expect(server.devices.list("demo")).toHaveLength(6);
    expect(await pageOf(server)).not.toContain("Nobody is here yet.");
  });

  it("opens Link UI for a user, and leads back to their page", async () => {
    const server = await start();
    const token = await tokenOn(server.apiUrl);
    const send = (fields: Record<string, string>) =>
      post(`${server.apiUrl}/-/do`, { token, do: "open-link", ...fields });
    const answer = await send({ user: "anna", kind: "charger" });
    expect(answer.status).toBe(303);
    const path = answer.headers.get("location") ?? "";
    expect(path).toMatch(/^\/link\/\w+$/);
    const linkToken = path.slice("/link/".length);
    expect((await fetch(server.apiUrl + path)).status).toBe(200);
    const user = await pageOf(server, "?user=anna");
    expect(user).toContain("Open link sessions");
    expect(user).toContain(`href="${path}"`);
    const devices = await server.completeLink(linkToken, { vendor: "EASEE" });
    expect(devices.map(({ scopes }) => scopes)).toEqual([
      ["charger:read:data", "charger:control:charging"],
    ]);
    expect(await pageOf(server, "?user=anna")).not.toContain("Open link sessions");
    expect((await send({ user: "anna", kind: "any" })).status).toBe(303);
    expect((await send({ user: "anna", kind: "boat" })).status).toBe(400);
    expect((await send({ user: "", kind: "any" })).status).toBe(400);
  });
});
