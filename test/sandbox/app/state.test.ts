import { describe, expect, it } from "vitest";
import { operations } from "../../../generated/operations.ts";
import type { SandboxOptions } from "../../../src/sandbox/app/options.ts";
import { type Built, buildSandbox } from "../../../src/sandbox/app/sandbox.ts";
import { readState, writeState } from "../../../src/sandbox/app/state/read-state.ts";
import { fetchToken, send } from "../support/harness.ts";

const HOSTILE = `<img src=x onerror=alert(1)>"'/\u2028ü🚗`;
const USERS = ["anna", HOSTILE, "__proto__"];
const HOUSEHOLD = {
  vehicles: [{ vendor: "TESLA", batteryLevel: 33, displayName: HOSTILE, isCharging: true }],
  chargers: [{ isCharging: true, energyWanted: 12.3 }],
  hvacs: [{ currentTemperature: 17 }],
  inverters: [{ vendor: "TESLA" }],
  batteries: [{ vendor: "TESLA", operationMode: "TIME_OF_USE" }],
  meters: [{ vendor: "TESLA" }],
} as const;
const FLEET = USERS.map((id) => ({ id, ...HOUSEHOLD }));
const RATES = [{ name: HOSTILE, cost: "0.284" }];
const EMPTY = {
  users: [],
  locations: [],
  tariffs: [],
  weeks: [],
  devices: [],
  schedules: [],
  webhooks: [],
};

/** A sandbox, how to call it, and what its webhooks get. */
function begin(options: SandboxOptions = {}, text?: string) {
  const received: { url: string; id: string | null; body: string }[] = [];
  let status = 204;
  const built = buildSandbox(
    {
      seed: 7,
      clock: "manual",
      tokenLifetime: 1e9,
      async deliver(request) {
        const { url, headers } = request;
        received.push({ url, id: headers.get("x-enode-delivery"), body: await request.text() });
        return new Response(null, { status });
      },
      ...options,
    },
    {
      linkUrl: "https://link.example.com",
      isRecording: false,
      state: text === undefined ? undefined : readState(text),
    },
  );
  let token: Promise<string> | undefined;
  const call = async (method: string, path: string, body?: unknown) => {
    token ??= fetchToken(built.sandbox);
    return send(built.sandbox.fetch, method, path, await token, body);
  };
  const answer = (code: number) => {
    status = code;
  };
  return { ...built, call, received, answer };
}

const textOf = (built: Built) => [...writeState(built.snapshot())].join("");

/** Goes on in another sandbox. */
const goOn = (built: Built, options?: SandboxOptions) => begin(options, textOf(built));

type Begun = ReturnType<typeof begin>;

/** Everything that the API lists or shows, apart from what is documented not to be kept. */
async function everythingOf({
  call,
  world,
  locations,
  schedules,
  webhooks,
}: Begun & Begun["services"]) {
  const ids: Record<string, readonly string[]> = {
    userId: [...world.users.keys()],
    locationId: locations.saved.map(({ wire }) => wire.id),
    scheduleId: schedules.saved.map(({ wire }) => wire.id),
    webhookId: webhooks.states().map(({ webhook }) => webhook.id),
    tariffId: ["two-rate"],
    hemSystemId: [...world.hemSystems.keys()],
  };
  for (const kind of ["vehicle", "charger", "hvac", "inverter", "battery", "meter"] as const) {
    ids[`${kind}Id`] = world.lists
      .of(kind)
      .all()
      .map(({ wire }) => wire.id);
  }
  const answers: Record<string, unknown> = {};
  for (const { method, path } of Object.values(operations)) {
    if (
      method !== "GET" ||
      /statistics|smart-charging-(plan|status)|\{scheduleId\}\/status/.test(path)
    )
      continue;
    const [, parameter] = /\{(\w+)\}/.exec(path) ?? [];
    if (parameter !== undefined && ids[parameter] === undefined) continue;
    for (const id of parameter === undefined ? [""] : (ids[parameter] ?? [])) {
      const address = path.replace(/\{\w+\}/, encodeURIComponent(id));
      const { status, body } = await call("GET", address);
      answers[address] = { status, body };
    }
  }
  return answers;
}

const everything = (begun: Begun) => everythingOf({ ...begun.services, ...begun });

/** A sandbox with something of each sort. */
async function lived(): Promise<Begun> {
  const begun = begin({ fleet: FLEET });
  const { call, sandbox, world } = begun;
  sandbox.clock.advance("5h");
  for (const id of USERS) {
    const home = world.siteOf(world.ensureUser(id));
    const { body } = await call("POST", `/users/${encodeURIComponent(id)}/locations`, {
      name: HOSTILE,
      latitude: home.latitude,
      longitude: home.longitude,
      timezoneName: "Europe/Oslo",
    });
    await call("PUT", "/tariffs/two-rate", RATES);
    const tariffIntervals = [{ name: HOSTILE, from: "06:00", to: "24:00", weekdays: [0, 6] }];
    await call("PUT", `/locations/${body.id}/tariff`, { tariffId: "two-rate", tariffIntervals });
    const [charger] = sandbox.devices.list(id, "charger");
    await call("PUT", `/chargers/${charger?.id}`, { locationId: body.id });
    const schedule = {
      targetId: charger?.id,
      targetType: "charger",
      locationId: body.id,
      isEnabled: true,
      defaultShouldCharge: false,
      rules: [{ shouldCharge: true, hourMinute: { from: "22:00", to: "06:00" } }],
    };
    const made = await call("POST", `/users/${encodeURIComponent(id)}/schedules`, schedule);
    expect(made.status).toBe(200);
  }
  const [hvac] = sandbox.devices.list("anna", "hvac");
  const target = { mode: "HEAT", heatSetpoint: 22.5 };
  expect((await call("POST", `/hvacs/${hvac?.id}/permanent-hold`, target)).status).toBe(200);
  const [vehicle] = sandbox.devices.list("__proto__", "vehicle");
  if (vehicle !== undefined) sandbox.devices.update(vehicle.id, { isReachable: false });
  sandbox.invalidateCredentials(HOSTILE, "EASEE");
  await call("POST", "/webhooks", { url: "https://a.example.com/", secret: "secret-a" });
  sandbox.clock.advance("2h17m");
  return begun;
}

describe("a sandbox that goes on with the state of another", () => {
  it("answers every list and every read as the other did", async () => {
    const one = await lived();
    const before = await everything(one);
    expect(Object.keys(before).length).toBeGreaterThan(80);
    const other = goOn(one, { fleet: "small", seed: 8 });
    expect(await everything(other)).toEqual(before);
    expect(other.sandbox.credentials).toEqual(one.sandbox.credentials);
  });

  it("does in the hours after what the other does", async () => {
    const one = begin({ fleet: FLEET });
    one.sandbox.clock.advance("5h");
    const other = goOn(one);
    for (const { sandbox } of [one, other]) sandbox.clock.advance("3h");
    expect(await everything(other)).toEqual(await everything(one));
  });

  it("goes on with a smart-charging policy", async () => {
    const one = begin({ fleet: [{ id: "anna", vehicles: [{ batteryLevel: 20 }] }] });
    const [vehicle] = one.sandbox.devices.list();
    const policy = { isEnabled: true, deadline: "06:00", minimumChargeLimit: 0 };
    const path = `/vehicles/${vehicle?.id}/smart-charging-policy`;
    expect((await one.call("PUT", path, policy)).status).toBe(200);
    const other = goOn(one);
    expect((await other.call("GET", path)).body).toEqual(policy);
    other.sandbox.clock.advance("24h");
    expect(other.sandbox.devices.list(undefined, "vehicle")[0]?.chargeState.isFullyCharged).toBe(
      true,
    );
  });

  it("keeps a manual clock where it was, and lets one that runs follow the wall clock", () => {
    const one = begin();
    one.sandbox.clock.advance("30d");
    expect(goOn(one).sandbox.clock.now()).toEqual(one.sandbox.clock.now());
    const behind = goOn(one, { clock: "real" });
    expect(Math.abs(behind.sandbox.clock.now().getTime() - Date.now())).toBeLessThan(10_000);
    behind.sandbox.clock.advance("365d");
    const ahead = behind.sandbox.clock.now();
    expect(+goOn(behind, { clock: "real" }).sandbox.clock.now()).toBeGreaterThanOrEqual(+ahead);
  });

  it("gives nothing an ID that the others gave", async () => {
    const ids = new Set<string>();
    let text: string | undefined;
    for (let run = 1; run <= 3; run += 1) {
      const { sandbox, call, received, ...built } = begin({}, text);
      ids.add(sandbox.devices.add("anna", "charger").id);
      const home = { name: "Home", latitude: 60, longitude: 10, timezoneName: "UTC" };
      ids.add((await call("POST", "/users/anna/locations", home)).body.id);
      const hook = { url: `https://${run}.example.com/`, secret: "secret" };
      ids.add((await call("POST", "/webhooks", hook)).body.id);
      await call("POST", `/webhooks/${built.webhooks.states()[0]?.webhook.id}/test`);
      ids.add(received[0]?.id ?? "");
      expect([...ids].filter((id) => id?.length === 36)).toHaveLength(4 * run);
      text = textOf({ sandbox, ...built });
    }
  });

  it("delivers to active webhooks, and to inactive ones once they are activated", async () => {
    const one = begin({ fleet: [{ id: "anna", vehicles: [{}] }] });
    const secrets = { secret: "secret", authentication: { headerName: "x-a", headerValue: "b" } };
    const [dead, live] = await Promise.all(
      ["dead", "live"].map(
        async (name) =>
          (await one.call("POST", "/webhooks", { url: `https://${name}.example.com/`, ...secrets }))
            .body,
      ),
    );
    one.answer(500);
    one.sandbox.clock.advance("1h");
    await one.sandbox.deliver();
    expect((await one.call("GET", `/webhooks/${dead.id}`)).body.isActive).toBe(false);
    await one.call("PATCH", `/webhooks/${live.id}`, {});

    const other = goOn(one);
    const [vehicle] = other.sandbox.devices.list();
    const unplug = async (isPluggedIn: boolean) => {
      other.received.length = 0;
      other.sandbox.devices.update(vehicle?.id ?? "", { isPluggedIn });
      await other.sandbox.deliver();
      return other.received.map(({ url }) => url);
    };
    expect(await unplug(false)).toEqual([live.url]);
    await other.call("PATCH", `/webhooks/${dead.id}`, {});
    expect((await unplug(true)).sort()).toEqual([dead.url, live.url]);
    expect(other.webhooks.states().map(({ webhook }) => webhook)).toMatchObject([secrets, secrets]);
  });

  it("raises no events for what it begins with", async () => {
    const one = await lived();
    const other = goOn(one);
    other.sandbox.clock.advance(1);
    await other.sandbox.deliver();
    expect(other.received).toEqual([]);
    expect(other.sandbox.events.list()).toEqual([]);
  });
});

describe("a state", () => {
  const write = (change: object) =>
    JSON.stringify({
      format: "enode-sandbox-state",
      version: 1,
      ...{ seed: 1, run: 0, time: 0, ...EMPTY },
      ...change,
    });
  const USER = { id: "anna", number: 1, createdAt: "2025-01-06T08:00:00.000Z", accounts: [] };

  it.each([
    ["nothing", "", "is not JSON"],
    ["half of a state", write({}).slice(0, 40), "is not JSON"],
    ["null", "null", "is not the state of a sandbox"],
    ["other JSON", "{}", "is not the state of a sandbox"],
    ["another version", write({ version: 2 }), "is of version 2"],
    ["no version", write({ version: undefined }), "is of version undefined"],
    ["a seed below 0", write({ seed: -1 }), "seed is not a whole number"],
    ["users that are no list", write({ users: {} }), "users is not a list"],
    ["no tariffs", write({ tariffs: undefined }), "tariffs is not a list"],
    ["a user without an ID", write({ users: [{}] }), "users[0].id is not a text"],
    ["a user twice", write({ users: [USER, { ...USER, number: 2 }] }), 'two users "anna"'],
    ["users with the same number", write({ users: [USER, USER] }), "number 1 is out of order"],
    [
      "an account of no vendor",
      write({ users: [{ ...USER, accounts: [{ vendor: "__proto__" }] }] }),
      "users[0].accounts[0].vendor is not one of",
    ],
    [
      "a location with no such time zone",
      write({
        locations: [
          {
            number: 1,
            wire: {
              ...{ id: "1", userId: "anna", createdAt: USER.createdAt, name: "Home" },
              ...{ latitude: 1, longitude: 2, timezoneName: "Mars/Base" },
            },
          },
        ],
      }),
      "locations[0].wire.timezoneName is not a time zone",
    ],
  ])("is refused with %s", (_, text, message) => {
    expect(() => begin({}, text)).toThrow(message);
  });

  /** A state with one vehicle, changed. */
  const withVehicle = (change: (device: Record<string, Record<string, unknown>>) => void) => {
    const state = JSON.parse(textOf(begin({ fleet: 1 })));
    change(state.devices[0]);
    return JSON.stringify(state);
  };

  it.each<[string, Parameters<typeof withVehicle>[0], string]>([
    ["of nobody", (it) => Object.assign(it, { userId: "ben" }), "has no user with an account"],
    ["of another kind", (it) => Object.assign(it, { kind: "hvac" }), "TESLA has no hvacs"],
    ["without an ID", (it) => Object.assign(it["wire"] ?? {}, { id: 3 }), "is not a text"],
    [
      "without a charge state",
      (it) => Object.assign(it["wire"] ?? {}, { chargeState: null }),
      ".chargeState is not an object",
    ],
    ["with odd scopes", (it) => Object.assign(it["wire"] ?? {}, { scopes: [1] }), "list of texts"],
    [
      "with a level out of range",
      (it) => Object.assign(it["settings"] ?? {}, { batteryLevel: 101 }),
      '"batteryLevel" must be a number from 0 to 100',
    ],
    [
      "with settings that there are not",
      (it) => Object.assign(it["settings"] ?? {}, { wings: 2 }),
      'no option "wings"',
    ],
  ])("is refused with a device %s", (_, change, message) => {
    expect(() => begin({}, withVehicle(change))).toThrow(message);
  });

  it("may lack members that the API has got since, and have some that it had before", () => {
    const text = withVehicle(({ wire = {} }) => {
      delete wire["odometer"];
      wire["wings"] = 2;
    });
    const [vehicle] = begin({}, text).sandbox.devices.list(undefined, "vehicle");
    expect(vehicle?.odometer.distance).toBeGreaterThan(0);
    expect(vehicle).not.toHaveProperty("wings");
  });
});
