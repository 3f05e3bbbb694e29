import { describe, expect, it } from "vitest";
import { createHarness, type Harness } from "../support/harness.ts";

const HOME = { name: "Home", latitude: 59.91, longitude: 10.75, timezoneName: "Europe/Oslo" };
const NOWHERE = "3f0f5d4e-8f1c-4a55-9c39-6f3a6d0c1b99";

const withUsers = (...ids: string[]): Harness =>
  createHarness({ fleet: ids.map((id) => ({ id, vehicles: [{}], chargers: [{}] })) });

async function create({ call }: Harness, userId: string, change: object = {}) {
  const { status, body } = await call("POST", `/users/${userId}/locations`, { ...HOME, ...change });
  expect(status).toBe(200);
  return body;
}

describe("locations", () => {
  it("are created, read, changed and deleted", async () => {
    const harness = withUsers("anna");
    const { call, sandbox } = harness;
    const home = await create(harness, "anna");
    const createdAt = sandbox.clock.now().toISOString();
    expect(home).toEqual({ ...HOME, id: home.id, userId: "anna", createdAt });
    expect((await call("GET", `/locations/${home.id}`)).body).toEqual(home);
    const changed = await call("PUT", `/locations/${home.id}`, { name: "Cabin" });
    expect(changed.body).toEqual({ ...home, name: "Cabin" });
    const deleted = await call("DELETE", `/locations/${home.id}`);
    expect(deleted.body).toEqual(changed.body);
    for (const method of ["GET", "DELETE"]) {
      expect((await call(method, `/locations/${home.id}`)).status).toBe(404);
    }
    expect((await call("PUT", `/locations/${home.id}`, { name: "x" })).status).toBe(404);
  });

  it("are listed of all users and of one, newest first, page by page", async () => {
    const harness = withUsers("anna", "ben");
    const { call } = harness;
    const ids: string[] = [];
    for (const userId of ["anna", "ben", "anna"]) ids.unshift((await create(harness, userId)).id);
    const idsOf = async (path: string) =>
      (await call("GET", path)).body.data.map(({ id }: { id: string }) => id);
    expect(await idsOf("/locations")).toEqual(ids);
    expect(await idsOf("/users/anna/locations")).toEqual([ids[0], ids[2]]);
    expect(await idsOf("/users/ben/locations")).toEqual([ids[1]]);
    const first = await call("GET", "/locations?pageSize=2");
    expect(first.body.data).toHaveLength(2);
    const { after } = first.body.pagination;
    expect(await idsOf(`/locations?pageSize=2&after=${after}`)).toEqual([ids[2]]);
    expect((await call("GET", "/locations?pageSize=0")).status).toBe(400);
    expect((await call("POST", "/users/eve/locations", HOME)).status).toBe(404);
  });

  it.each([
    [{ latitude: 91 }, "latitude"],
    [{ longitude: "10" }, "longitude"],
    [{ timezoneName: "Europe/Atlantis" }, "timezoneName"],
    [{ timezoneName: "+02:00" }, "timezoneName"],
    [{ timezoneName: undefined }, "timezoneName"],
    [{ name: null }, "name"],
  ])("are refused with %o", async (change, path) => {
    const { call } = withUsers("anna");
    const { status, body } = await call("POST", "/users/anna/locations", { ...HOME, ...change });
    expect(status).toBe(400);
    expect(body.issues).toEqual([expect.objectContaining({ path })]);
  });

  it("are refused in changes that are not valid", async () => {
    const harness = withUsers("anna");
    const { id } = await create(harness, "anna");
    const refused = await harness.call("PUT", `/locations/${id}`, { latitude: 200 });
    expect(refused.status).toBe(400);
    expect((await harness.call("GET", `/locations/${id}`)).body.latitude).toBe(HOME.latitude);
  });

  it("take chargers of their own user only, and let go of them when deleted", async () => {
    const harness = withUsers("anna", "ben");
    const { call } = harness;
    const [{ id }] = (await call("GET", "/users/anna/chargers")).body.data;
    const [own, other] = [await create(harness, "anna"), await create(harness, "ben")];
    const refused = await call("PUT", `/chargers/${id}`, { locationId: other.id });
    expect(refused).toMatchObject({ status: 400, body: { issues: [{ path: "locationId" }] } });
    expect((await call("PUT", `/chargers/${id}`, { locationId: NOWHERE })).status).toBe(400);
    const placed = await call("PUT", `/chargers/${id}`, { locationId: own.id });
    expect(placed.body.location.id).toBe(own.id);
    await call("DELETE", `/locations/${own.id}`);
    expect((await call("GET", `/chargers/${id}`)).body.location.id).toBeNull();
  });

  it("are where vehicles stand, as long as they are there", async () => {
    const harness = withUsers("anna", "ben");
    const { call } = harness;
    const [vehicle] = (await call("GET", "/users/anna/vehicles")).body.data;
    const { latitude, longitude } = vehicle.location;
    const placeOf = async () => (await call("GET", `/vehicles/${vehicle.id}`)).body.location.id;
    await create(harness, "ben", { latitude, longitude });
    await create(harness, "anna", { latitude: latitude + 0.01, longitude });
    expect(await placeOf()).toBeNull();
    const home = await create(harness, "anna", { latitude: latitude + 0.001, longitude });
    expect(await placeOf()).toBe(home.id);
    await call("PUT", `/locations/${home.id}`, { latitude: latitude - 0.01 });
    expect(await placeOf()).toBeNull();
    await call("PUT", `/locations/${home.id}`, { latitude });
    expect(await placeOf()).toBe(home.id);
    await call("DELETE", `/locations/${home.id}`);
    expect(await placeOf()).toBeNull();
  });

  it("are left and come back to by vehicles", async () => {
    const harness = withUsers("anna");
    const { call, sandbox } = harness;
    const [{ id }] = (await call("GET", "/users/anna/vehicles")).body.data;
    const home = await create(harness, "anna");
    const { latitude, longitude } = HOME;
    sandbox.clock.advance(60_000);
    sandbox.devices.update(id, { latitude, longitude });
    const lastUpdated = sandbox.clock.now().toISOString();
    const atHome = { id: home.id, latitude, longitude, lastUpdated };
    expect((await call("GET", `/vehicles/${id}`)).body.location).toEqual(atHome);
    sandbox.devices.update(id, { latitude: 60 });
    const { location } = (await call("GET", `/vehicles/${id}`)).body;
    expect(location).toEqual({ ...atHome, id: null, latitude: 60 });
    expect(() => sandbox.devices.update(id, { latitude: 91 })).toThrow(RangeError);
  });

  it("are where everything of a home stands, and HVAC units that were put there", async () => {
    const harness = withUsers("anna");
    const { call, sandbox } = harness;
    for (const kind of ["inverter", "battery", "meter", "hvac"] as const) {
      sandbox.devices.add("anna", kind);
    }
    const read = async (path: string) => (await call("GET", `/users/anna/${path}`)).body.data[0];
    const { latitude, longitude } = (await read("inverters")).location;
    const placesOf = async () => [
      (await read("inverters")).location.id,
      (await read("batteries")).location.id,
      (await read("meters")).location.id,
      (await read("hvacs")).location.id,
      (await read("hem-systems")).locationId,
    ];
    expect(await placesOf()).toEqual([null, null, null, null, null]);
    const { id } = await create(harness, "anna", { latitude, longitude });
    const { id: hvacId } = await read("hvacs");
    expect((await call("PUT", `/hvacs/${hvacId}`, { locationId: id })).status).toBe(200);
    expect(await placesOf()).toEqual([id, id, id, id, id]);
    await call("DELETE", `/locations/${id}`);
    expect(await placesOf()).toEqual([null, null, null, null, null]);
  });

  it("end with their user", async () => {
    const harness = withUsers("anna", "ben");
    const { call } = harness;
    const [deleted, kept] = [await create(harness, "anna"), await create(harness, "ben")];
    await call("DELETE", "/users/anna");
    expect((await call("GET", `/locations/${deleted.id}`)).status).toBe(404);
    expect((await call("GET", "/locations")).body.data).toEqual([kept]);
    await harness.link("anna", { vendor: "TESLA" });
    expect((await call("GET", "/users/anna/locations")).body.data).toEqual([]);
  });
});
