import { describe, expect, it } from "vitest";
import { createHarness, LINK_REQUEST } from "../support/harness.ts";

const DAY = 24 * 3_600_000;

async function session(change: object = {}, userId = "anna") {
  const harness = createHarness();
  const open = async (request: object = change) => {
    const path = `/users/${userId}/link`;
    const { status, body } = await harness.call("POST", path, { ...LINK_REQUEST, ...request });
    expect(status).toBe(200);
    return body.linkToken as string;
  };
  return { ...harness, open, linkToken: await open() };
}

describe("a link session", () => {
  it("makes its user", async () => {
    const { call } = await session();
    expect((await call("GET", "/users/anna")).body).toEqual({ id: "anna", linkedVendors: [] });
  });

  it("serves once", async () => {
    const { sandbox, linkToken } = await session();
    await sandbox.completeLink(linkToken, { vendor: "KIA" });
    await expect(sandbox.completeLink(linkToken, { vendor: "KIA" })).rejects.toThrow(
      "used already",
    );
    expect(sandbox.devices.list()).toHaveLength(1);
  });

  it("lives for 24 hours", async () => {
    const { sandbox, linkToken, open } = await session();
    sandbox.clock.advance(DAY - 1);
    const late = await open();
    sandbox.clock.advance(1);
    await expect(sandbox.completeLink(linkToken, { vendor: "KIA" })).rejects.toThrow("expired");
    await expect(sandbox.completeLink(late, { vendor: "KIA" })).resolves.toHaveLength(1);
  });

  it("is known by its token alone", async () => {
    const { sandbox } = await session();
    await expect(sandbox.completeLink("made-up", { vendor: "KIA" })).rejects.toThrow(
      "no link session",
    );
  });

  it("names the vendor that was meant", async () => {
    const { sandbox, linkToken } = await session();
    const completion = { vendor: "tesla" as never };
    await expect(sandbox.completeLink(linkToken, completion)).rejects.toThrow(
      "did you mean TESLA?",
    );
  });

  it("is not used up by an invalid completion", async () => {
    const { sandbox, linkToken } = await session({ vendor: "KIA", vendorType: "vehicle" });
    await expect(sandbox.completeLink(linkToken, { vendor: "BMW" })).rejects.toThrow("for KIA");
    const outOfRange = { vendor: "KIA", devices: [{ batteryLevel: 101 }] };
    await expect(sandbox.completeLink(linkToken, outOfRange)).rejects.toThrow("batteryLevel");
    const charger = { vendor: "KIA", devices: [{ kind: "charger" as const }] };
    await expect(sandbox.completeLink(linkToken, charger)).rejects.toThrow(
      "does not bring a charger",
    );
    await expect(sandbox.completeLink(linkToken, { vendor: "KIA", devices: -1 })).rejects.toThrow(
      "devices",
    );
    expect(sandbox.devices.list()).toHaveLength(0);
    await expect(sandbox.completeLink(linkToken, { vendor: "KIA" })).resolves.toHaveLength(1);
  });

  it("is refused when the client has used up its connections", async () => {
    const { call, link, sandbox } = createHarness({ connectionLimit: 2 });
    await link("anna", { vendor: "TESLA" });
    const { status, body } = await call("POST", "/users/ben/link", LINK_REQUEST);
    expect(status).toBe(403);
    expect(body.type).toBe("https://developers.enode.com/api/problems/forbidden");
    expect(body.title).toBe("Connections limit reached.");
    const [device] = sandbox.devices.list("anna");
    sandbox.devices.remove(device?.id ?? "");
    expect((await call("POST", "/users/ben/link", LINK_REQUEST)).status).toBe(200);
  });

  it("says so when the sandbox has nothing to link", async () => {
    const { sandbox, linkToken, open } = await session({ vendorType: "charger" });
    await expect(sandbox.completeLink(linkToken, { vendor: "KIA" })).rejects.toThrow(
      "asks for charger",
    );
    const hvac = await open({ scopes: ["hvac:read:data"] });
    await expect(sandbox.completeLink(hvac, { vendor: "ACME" })).rejects.toThrow("no devices of");
  });

  it("brings as many devices as wanted, or the very ones", async () => {
    const { sandbox, linkToken, open } = await session();
    const three = await sandbox.completeLink(linkToken, { vendor: "BMW", devices: 3 });
    expect(new Set(three.map(({ id }) => id)).size).toBe(3);
    const [one, ...rest] = await sandbox.completeLink(await open(), {
      vendor: "VOLVO",
      devices: [{ batteryLevel: 12, displayName: "Family car", isPluggedIn: false }],
    });
    expect(rest).toEqual([]);
    expect(one).toMatchObject({
      vendor: "VOLVO",
      information: { displayName: "Family car" },
      chargeState: { batteryLevel: 12, powerDeliveryState: "UNPLUGGED" },
    });
  });

  it("brings the same devices when the account is linked again", async () => {
    const { call, sandbox, linkToken, open } = await session();
    const first = await sandbox.completeLink(linkToken, { vendor: "TESLA", devices: 2 });
    await call("DELETE", "/users/anna/authorization");
    const again = await sandbox.completeLink(await open(), { vendor: "TESLA" });
    expect(again.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
  });

  it.each([
    ["no scopes", { scopes: [] }, "scopes"],
    ["an unknown scope", { scopes: ["vehicle:read:data", "vehicle:fly"] }, "scopes[1]"],
    ["a scope without its read:data", { scopes: ["vehicle:control:charging"] }, "scopes"],
    ["scopes of another type", { vendorType: "hvac" }, "scopes"],
    ["an unknown type", { vendorType: "boat" }, "vendorType"],
    ["an unknown vendor", { vendor: "TESLLA" }, "vendor"],
    ["an unknown language", { language: "xx" }, "language"],
    ["no address", { redirectUri: "home" }, "redirectUri"],
    ["about:blank", { redirectUri: "about:blank" }, "redirectUri"],
    ["a long address", { redirectUri: `https://a.test/${"x".repeat(500)}` }, "redirectUri"],
    ["an unknown colour scheme", { colorScheme: "pink" }, "colorScheme"],
    ["an unknown member", { forceLanguage: true }, "forceLanguage"],
  ])("is refused for %s", async (_, change, path) => {
    const { call } = createHarness();
    const { status, body } = await call("POST", "/users/anna/link", { ...LINK_REQUEST, ...change });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      type: "https://developers.enode.com/api/problems/bad-request",
      issues: [{ path }],
    });
    expect((await call("GET", "/users/anna")).status).toBe(404);
  });

  it("is refused with all that is wrong", async () => {
    const { call } = createHarness();
    const { body } = await call("POST", "/users/anna/link", {});
    const paths = body.issues.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(["scopes", "language", "redirectUri"]);
  });
});

describe("a relink session", () => {
  const presentation = { language: "en-GB", redirectUri: "https://app.example.com/done" };

  it("makes the credentials valid again", async () => {
    const { call, link, sandbox } = createHarness();
    const [vehicle] = await link("anna", { vendor: "AUDI" });
    const path = `/assets/${vehicle?.id}/relink`;
    expect((await call("POST", path, presentation)).status).toBe(400);
    await call("DELETE", "/users/anna/authorization");
    expect(sandbox.devices.get(String(vehicle?.id))?.isReachable).toBe(false);
    const { body } = await call("POST", path, presentation);
    await expect(sandbox.completeLink(body.linkToken, { vendor: "BMW" })).rejects.toThrow(
      "for AUDI",
    );
    await sandbox.completeLink(body.linkToken, { vendor: "AUDI" });
    expect(sandbox.devices.get(String(vehicle?.id))?.isReachable).toBe(true);
    expect((await call("GET", "/users/anna")).body.linkedVendors[0].isValid).toBe(true);
  });

  it("clears interventions", async () => {
    const { call, sandbox } = createHarness();
    const { body: known } = await call("GET", "/interventions");
    const { id } = sandbox.devices.add("anna", "charger", {
      capabilities: { startCharging: { isCapable: false, interventionIds: [known[0].id] } },
    });
    const { body } = await call("POST", `/assets/${id}/relink`, presentation);
    await sandbox.completeLink(body.linkToken, { vendor: "EASEE" });
    expect((await call("GET", `/chargers/${id}`)).body.capabilities.startCharging).toEqual({
      isCapable: true,
      interventionIds: [],
    });
  });

  it("is refused for an unknown device with 400", async () => {
    const { call } = createHarness();
    expect((await call("POST", "/assets/none/relink", presentation)).status).toBe(400);
  });
});
