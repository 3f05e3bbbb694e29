import { describe, expect, it } from "vitest";
import { createHarness } from "../support/harness.ts";

describe("a user", () => {
  it("takes its devices and actions along when deleted, and nobody else's", async () => {
    const { call, link } = createHarness();
    const [mine] = await link("anna", { vendor: "KIA" });
    const [other] = await link("ben", { vendor: "KIA" });
    const path = `/vehicles/${mine?.id}/charging`;
    const { body: action } = await call("POST", path, { action: "START" });
    expect((await call("DELETE", "/users/anna")).status).toBe(204);
    for (const absent of [
      "/users/anna",
      `/vehicles/${mine?.id}`,
      `/vehicles/actions/${action.id}`,
    ]) {
      expect([absent, (await call("GET", absent)).status]).toEqual([absent, 404]);
    }
    const { body } = await call("GET", "/vehicles");
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual([other?.id]);
    expect((await call("GET", "/users/anna/vehicles")).body.data).toEqual([]);
    expect((await call("DELETE", "/users/anna")).status).toBe(404);
  });

  it("loses its open link sessions when deleted, and nobody else does", async () => {
    const { call, sandbox } = createHarness();
    const { body } = await call("POST", "/users/anna/link", {
      scopes: ["vehicle:read:data"],
      language: "browser",
      redirectUri: "app://done",
    });
    const { body: other } = await call("POST", "/users/ben/link", {
      scopes: ["vehicle:read:data"],
      language: "browser",
      redirectUri: "app://done",
    });
    await call("DELETE", "/users/anna");
    await expect(sandbox.completeLink(body.linkToken, { vendor: "KIA" })).rejects.toThrow("ended");
    expect(await sandbox.completeLink(other.linkToken, { vendor: "KIA" })).toHaveLength(1);
  });

  it("keeps its devices, out of reach, without credentials", async () => {
    const { call, link, sandbox } = createHarness();
    const [vehicle] = await link("anna", { vendor: "KIA" });
    expect((await call("DELETE", "/users/anna/authorization")).status).toBe(204);
    expect((await call("GET", "/users/anna")).body.linkedVendors[0].isValid).toBe(false);
    expect((await call("GET", `/vehicles/${vehicle?.id}`)).body.isReachable).toBe(false);
    sandbox.devices.update(String(vehicle?.id), { isReachable: true });
    expect((await call("GET", `/vehicles/${vehicle?.id}`)).body.isReachable).toBe(false);
  });

  it("can be parted from one vendor, or one device type of it", async () => {
    const { call, link } = createHarness();
    await link("anna", { vendor: "TESLA" });
    await link("anna", { vendor: "KIA" });
    expect((await call("DELETE", "/users/anna/vendors/TESLA/vehicle")).status).toBe(204);
    expect((await call("GET", "/users/anna")).body.linkedVendors).toEqual([
      { vendor: "TESLA", vendorType: "charger", isValid: true },
      { vendor: "KIA", vendorType: "vehicle", isValid: true },
    ]);
    expect((await call("GET", "/users/anna/vehicles")).body.data).toHaveLength(1);
    expect((await call("DELETE", "/users/anna/vendors/TESLA/vehicle")).status).toBe(404);
    expect((await call("DELETE", "/users/anna/vendors/KIA")).status).toBe(204);
    expect((await call("GET", "/users/anna/vehicles")).body.data).toHaveLength(0);
    expect((await call("DELETE", "/users/anna/vendors/TESLA/charger")).status).toBe(204);
    expect((await call("GET", "/users/anna")).body.linkedVendors).toEqual([]);
    expect((await call("DELETE", "/users/anna/vendors/KIA")).status).toBe(404);
  });

  it.each([
    "__proto__",
    "constructor",
    "toString",
    "a/b",
    "a..b",
    "ü 🚗",
    "50%",
    "?x=1#y",
    "a b+c",
  ])("may be called %s", async (id) => {
    const { call, link, sandbox } = createHarness();
    const [vehicle] = await link(id, { vendor: "BMW" });
    expect(vehicle?.userId).toBe(id);
    const path = `/users/${encodeURIComponent(id)}`;
    expect((await call("GET", path)).body.id).toBe(id);
    expect((await call("GET", `${path}/vehicles`)).body.data).toHaveLength(1);
    expect((await call("DELETE", path)).status).toBe(204);
    expect(sandbox.devices.list(id)).toEqual([]);
  });

  it("is unknown under the names that every object has", async () => {
    const { call } = createHarness();
    for (const id of ["__proto__", "constructor", "hasOwnProperty"]) {
      expect((await call("GET", `/users/${id}`)).status).toBe(404);
      expect((await call("GET", `/vehicles/${id}`)).status).toBe(404);
      expect((await call("GET", `/chargers/${id}`)).status).toBe(404);
    }
  });
});

describe("a vendor to part a user from", () => {
  it.each(["ZZZ", "tesla", "constructor"])(
    "is refused when there is none of the name %s",
    async (vendor) => {
      const { call, link } = createHarness();
      await link("anna", { vendor: "TESLA" });
      for (const path of [vendor, `${vendor}/vehicle`]) {
        const { status, body } = await call("DELETE", `/users/anna/vendors/${path}`);
        expect(status).toBe(400);
        expect(body.detail).toContain(vendor);
      }
    },
  );

  it("is not found when the user has not linked it", async () => {
    const { call, link } = createHarness();
    await link("anna", { vendor: "TESLA" });
    for (const path of ["KIA", "KIA/vehicle", "Hoymiles"]) {
      expect((await call("DELETE", `/users/anna/vendors/${path}`)).status).toBe(404);
    }
  });
});

describe("a user who never linked anything", () => {
  const lists = [
    "vehicles",
    "chargers",
    "hvacs",
    "inverters",
    "batteries",
    "meters",
    "hem-systems",
    "locations",
    "schedules",
  ];

  it.each(lists)("has %s, and they are none", async (list) => {
    const { call } = createHarness({ fleet: "small" });
    const { status, body } = await call("GET", `/users/nobody/${list}?pageSize=2`);
    expect(status).toBe(200);
    expect(body).toEqual({ data: [], pagination: { after: null, before: null } });
    expect((await call("GET", `/users/nobody/${list}?after=odd`)).status).toBe(400);
    // Asking for a list creates nobody.
    expect((await call("GET", "/users")).body.data).toHaveLength(5);
    expect((await call("GET", "/users/nobody")).status).toBe(404);
  });
});
