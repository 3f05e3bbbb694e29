import { beforeAll, describe, expect, it } from "vitest";
import { createHarness, type Harness } from "../support/harness.ts";

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
type Body = { readonly [name: string]: Json };

/** What is put in the place of each member, one after the other. */
const replacements: readonly (Json | undefined)[] = [
  undefined,
  null,
  "",
  "x",
  0,
  -1,
  1.5,
  95,
  true,
  [],
  {},
  ["x"],
  "a".repeat(600),
];

let harness: Harness;
const ids: Record<string, string> = {};

beforeAll(async () => {
  harness = createHarness({
    fleet: [
      { id: "anna", vehicles: [{ vendor: "TESLA" }], chargers: [{}], hvacs: [{}], batteries: [{}] },
    ],
  });
  for (const kind of ["vehicles", "chargers", "hvacs", "batteries"]) {
    ids[kind] = (await harness.call("GET", `/users/anna/${kind}`)).body.data[0].id;
  }
  ids["location"] = (await harness.call("POST", "/users/anna/locations", location)).body.id;
  await harness.call("PUT", "/tariffs/night", [{ name: "day", cost: "0.2" }]);
  ids["chargeSchedule"] = (
    await harness.call("POST", "/users/anna/schedules", {
      ...chargeSchedule,
      targetId: ids["vehicles"],
    })
  ).body.id;
  ids["webhook"] = (
    await harness.call("POST", "/webhooks", { url: "https://first.example", secret: "secret" })
  ).body.id;
});

const location = { name: "home", latitude: 60, longitude: 10, timezoneName: "Europe/Oslo" };
const chargeSchedule = {
  targetType: "vehicle",
  locationId: null,
  isEnabled: false,
  defaultShouldCharge: true,
  rules: [
    {
      shouldCharge: true,
      hourMinute: { from: "01:00", to: "02:00" },
      weekdays: [0],
      fromTimestamp: "2026-01-01T00:00:00Z",
      toTimestamp: "2026-01-02T00:00:00+01:00",
    },
  ],
};

/** A valid body for each operation that takes one, and where it goes. */
const requests: Record<string, () => [method: string, path: string, body: Body]> = {
  "a command to charge a vehicle": () => [
    "POST",
    `/vehicles/${ids["vehicles"]}/charging`,
    { action: "START" },
  ],
  "a command to charge at a charger": () => [
    "POST",
    `/chargers/${ids["chargers"]}/charging`,
    { action: "START" },
  ],
  "a current": () => ["POST", `/vehicles/${ids["vehicles"]}/max-current`, { maxCurrent: 10 }],
  "a current of a charger": () => [
    "POST",
    `/chargers/${ids["chargers"]}/max-current`,
    { maxCurrent: 9 },
  ],
  "a mode of a battery": () => [
    "POST",
    `/batteries/${ids["batteries"]}/operation-mode`,
    { operationMode: "IDLE" },
  ],
  "a temperature to hold": () => [
    "POST",
    `/hvacs/${ids["hvacs"]}/permanent-hold`,
    { mode: "HEAT", heatSetpoint: 20 },
  ],
  "the location of a charger": () => ["PUT", `/chargers/${ids["chargers"]}`, { locationId: null }],
  "the location of an HVAC unit": () => ["PUT", `/hvacs/${ids["hvacs"]}`, { locationId: null }],
  "a new location": () => ["POST", "/users/anna/locations", location],
  "changes to a location": () => ["PUT", `/locations/${ids["location"]}`, location],
  "a link session": () => [
    "POST",
    "/users/anna/link",
    {
      vendor: "TESLA",
      vendorType: "vehicle",
      scopes: ["vehicle:read:data"],
      language: "en-US",
      redirectUri: "https://app.example.com",
      colorScheme: "dark",
    },
  ],
  "a smart charging policy": () => [
    "PUT",
    `/vehicles/${ids["vehicles"]}/smart-charging-policy`,
    { isEnabled: false, deadline: "07:00", minimumChargeLimit: 20 },
  ],
  "the tariff of a location": () => [
    "PUT",
    `/locations/${ids["location"]}/tariff`,
    {
      tariffId: "night",
      tariffIntervals: [{ name: "day", from: "00:00", to: "24:00", weekdays: [0] }],
    },
  ],
  "a schedule of charging": () => [
    "POST",
    "/users/anna/schedules",
    { ...chargeSchedule, targetId: String(ids["vehicles"]) },
  ],
  "changes to a schedule of charging": () => [
    "PUT",
    `/schedules/${ids["chargeSchedule"]}`,
    {
      isEnabled: false,
      rules: [{ shouldCharge: true, hourMinute: { from: "01:00", to: "02:00" } }],
    },
  ],
  "a schedule of temperatures": () => [
    "POST",
    "/users/anna/schedules",
    {
      targetId: String(ids["hvacs"]),
      targetType: "hvac",
      isEnabled: false,
      defaultTargetState: { mode: "COOL", coolSetpoint: 20, holdType: "PERMANENT" },
      rules: [{ targetState: { holdType: "SCHEDULED" }, weekdays: [6] }],
    },
  ],
  "changes to a webhook": () => [
    "PATCH",
    `/webhooks/${ids["webhook"]}`,
    {
      url: "https://second.example",
      secret: "secret",
      events: ["user:vehicle:updated"],
      apiVersion: "2024-10-01",
      authentication: { headerName: "x-key", headerValue: "value" },
    },
  ],
};

/** The paths of all members of a body, at any depth. */
function pathsOf(value: Json, before: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => [
    [...before, key],
    ...pathsOf(member as Json, [...before, key]),
  ]);
}

/** A copy in which one member has another value, or is not there. */
function withMember(body: Json, path: readonly string[], value: Json | undefined): Json {
  const copy = structuredClone(body);
  const owner = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => Reflect.get(at as object, key), copy);
  const name = path.at(-1) ?? "";
  if (value === undefined) Reflect.deleteProperty(owner as object, name);
  else Reflect.set(owner as object, name, value);
  return copy;
}

describe.each(Object.entries(requests))("%s", (_name, request) => {
  it("is accepted when it is valid", async () => {
    const [method, path, body] = request();
    expect((await harness.call(method, path, body)).status).toBeLessThan(300);
  });

  it.each([[null], [[]], ["x"], [1]])("is refused when it is %j", async (body) => {
    const [method, path] = request();
    const answer = await harness.call(method, path, body as never);
    expect(answer.body).toMatchObject({ title: "Bad Request" });
  });

  // The fetch of the harness throws when an answer to what the description forbids is no error.
  it("is refused when a member is invalid by the description, and the problem names the member", async () => {
    const [method, path, good] = request();
    const refused: string[] = [];
    for (const member of pathsOf(good)) {
      for (const replacement of replacements) {
        const body = withMember(good, member, replacement);
        const answer = await harness.call(method, path, body);
        const label = `${member.join(".")} = ${JSON.stringify(replacement)}: ${answer.status}`;
        expect(answer.status, label).toBeLessThan(500);
        if (answer.status !== 400) continue;
        refused.push(label);
        // With another type of target it is another form, of which more is wrong.
        for (const issue of member[0] === "targetType" ? [] : (answer.body.issues ?? [])) {
          const [top = ""] = issue.path.split(/[.[]/);
          expect(Object.keys(good), label).toContain(top);
        }
      }
    }
    expect(refused.length).toBeGreaterThan(pathsOf(good).length);
  });
});

describe("a member that nobody knows", () => {
  const more = (name: string) => {
    const [method, path, body] = requests[name]?.() ?? ["", "", {}];
    return harness.call(method, path, { ...body, surplus: 1 });
  };

  it.each(["a current", "a current of a charger", "a mode of a battery", "changes to a location"])(
    "is refused in %s, whose description is closed",
    async (name) => {
      const { status, body } = await more(name);
      expect(status).toBe(400);
      expect(body.issues).toEqual([
        { path: "surplus", message: "is not a member of this request" },
      ]);
    },
  );

  it("is ignored in a new location", async () => {
    const { status, body } = await more("a new location");
    expect(status).toBe(200);
    expect(body).toMatchObject(location);
    expect(body).not.toHaveProperty("surplus");
  });
});
