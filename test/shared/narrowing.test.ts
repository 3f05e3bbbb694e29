import { describe, expect, it } from "vitest";
import type { LinkSessionRequest } from "../../src/index.ts";
import { ActivityRecorder, Mirror } from "../../src/mirror/index.ts";
import { type DeviceStore, memoryStorage, type Storage } from "../../src/storage/index.ts";
import { clientOver } from "../resources/support/client.ts";
import { methodsOf } from "../resources/support/methods.ts";

/**
 * What a method takes, in order: `id` is a string that selects, `hostUserId` one of the host's own, which may be
 * blank; an object has members that select (with a value that fits) and others that are needed; null selects nothing.
 */
type Argument = "id" | "hostUserId" | { readonly selects: object; readonly needs?: object } | null;

const id: Argument = "id";
const ofUser: Argument = { selects: { userId: "user-1" } };
const device = ["id"] as const;
const deviceAndBody = ["id", null] as const;
const actions = { "actions.get": device, "actions.cancel": device, "actions.wait": device };
const statistics: Argument = {
  selects: { type: "vehicle", id: "v-1", locationId: "l-1" },
  needs: { startDate: "2026-03-01T00:00:00.000Z" },
};

function under(
  prefix: string,
  methods: Record<string, readonly Argument[]>,
): Record<string, readonly Argument[]> {
  return Object.fromEntries(
    Object.entries(methods).map(([name, each]) => [`${prefix}.${name}`, each]),
  );
}

/** What the client and the scope of one user have in common; `list` selects a user in the client only. */
const shared = {
  ...under("vehicles", {
    list: [ofUser],
    get: device,
    startCharging: device,
    stopCharging: device,
    setMaxCurrent: deviceAndBody,
    refresh: device,
    "smartCharging.getPolicy": device,
    "smartCharging.updatePolicy": deviceAndBody,
    "smartCharging.getStatus": device,
    "smartCharging.getPlan": [id, id],
    "smartCharging.createOverride": device,
    "smartCharging.endOverride": device,
    ...actions,
  }),
  ...under("chargers", {
    list: [ofUser],
    get: device,
    setLocation: deviceAndBody,
    startCharging: device,
    stopCharging: device,
    setMaxCurrent: deviceAndBody,
    refresh: device,
    ...actions,
  }),
  ...under("hvacs", {
    list: [ofUser],
    get: device,
    setLocation: deviceAndBody,
    setPermanentHold: deviceAndBody,
    followSchedule: device,
    refresh: device,
    ...actions,
  }),
  ...under("inverters", {
    list: [ofUser],
    get: device,
    getStatistics: [id, null],
    refresh: device,
  }),
  ...under("batteries", {
    list: [ofUser],
    get: device,
    setOperationMode: deviceAndBody,
    refresh: device,
    ...actions,
  }),
  ...under("meters", { list: [ofUser], get: device, refresh: device }),
  ...under("hemSystems", { list: [ofUser], get: device, getStatistics: [id, null] }),
  ...under("locations", {
    list: [ofUser],
    get: device,
    update: deviceAndBody,
    delete: device,
    getTariff: device,
    setTariff: deviceAndBody,
  }),
  ...under("schedules", {
    get: device,
    update: deviceAndBody,
    delete: device,
    getStatus: device,
  }),
};

const ofClient: Record<string, readonly Argument[]> = {
  close: [],
  ...shared,
  "locations.create": [id, null],
  "schedules.list": [id],
  "schedules.create": [id, null],
  "statistics.charging": [id, statistics],
  "statistics.chargingSessions": [id, statistics],
  ...under("users", {
    list: [],
    get: device,
    resolve: ["hostUserId"],
    link: [id, null],
    erase: ["hostUserId"],
    resumeErasures: [],
    delete: device,
    deauthorize: device,
    disconnectVendor: [id, id, id],
  }),
  "assets.relink": [id, null],
  ...under("tariffs", { get: device, set: deviceAndBody }),
  ...under("interventions", {
    list: [{ selects: { vendorType: "vehicle", vendor: "TESLA" } }],
    get: [id, { selects: { vendorType: "vehicle", vendor: "TESLA" } }],
  }),
  ...under("webhooks", {
    list: [],
    create: [null],
    ensure: [null],
    get: device,
    update: deviceAndBody,
    delete: device,
    test: device,
  }),
  ...under("service", {
    isReady: [],
    integrations: [{ selects: { assetTypes: "vehicle" } }],
    vehicles: [],
    chargers: [],
    hvacs: [],
    inverters: [],
    batteries: [],
    meters: [],
  }),
  user: device,
  // Checked below: what it selects by depends on the operation.
  request: [],
};

const ofScope: Record<string, readonly Argument[]> = {
  ...shared,
  get: [],
  link: [null],
  delete: [],
  deauthorize: [],
  disconnectVendor: [id, id],
  "locations.create": [null],
  "schedules.list": [],
  "schedules.create": [null],
  "statistics.charging": [statistics],
  "statistics.chargingSessions": [statistics],
};

const ofMirror: Record<string, readonly Argument[]> = {
  attach: [null],
  onRead: [null],
  onTransition: [null, null],
  apply: [null],
  backfill: [{ selects: { kinds: ["vehicle"] } }],
  reconcile: [{ selects: { kinds: ["vehicle"] } }],
  report: [],
  "devices.list": [{ selects: { userId: "user-1", kind: "vehicle", vendor: "TESLA" } }],
  "devices.get": device,
  "devices.watch": [null],
  "actions.list": [{ selects: { userId: "user-1", deviceId: "v-1" } }],
  "actions.get": device,
  "users.list": [],
  "users.get": device,
};

const ofRecorder: Record<string, readonly Argument[]> = {
  attach: [null],
  connect: [{ selects: { namespace: "sandbox:client-1" } }],
  activity: [{ selects: { userId: "user-1", deviceId: "v-1", actionId: "a-1" } }],
  // A time, which is no selection of whose it is; but one that got lost must not prune all.
  prune: ["id"],
  flush: [],
};

/** None of them is a value that selects anything. */
const lost = [undefined, null, "", "  "];

/** Each way to call a method with one of its selections lost. */
function* losses(args: readonly Argument[]): Generator<{ what: string; values: unknown[] }> {
  const whole = args.map((each) => {
    if (typeof each === "string") return "an-id";
    return each === null ? {} : { ...each.needs, ...each.selects };
  });
  for (const [at, each] of args.entries()) {
    for (const value of lost) {
      const shown = JSON.stringify(value) ?? "undefined";
      const withLost = (found: unknown) => whole.map((one, index) => (index === at ? found : one));
      if (each === "id" || (each === "hostUserId" && value !== "  ")) {
        yield { what: `argument ${at} = ${shown}`, values: withLost(value) };
      }
      if (typeof each !== "object" || each === null) continue;
      for (const name of Object.keys(each.selects)) {
        const query = { ...each.needs, ...each.selects, [name]: value };
        yield { what: `${name} = ${shown}`, values: withLost(query) };
        const alone = { ...each.needs, [name]: value };
        yield { what: `only ${name} = ${shown}`, values: withLost(alone) };
      }
    }
  }
}

/** Stores that note what they are asked. */
function spied(touched: string[]): Storage & { deviceStore: DeviceStore } {
  const spy = <Store extends object>(name: string, store: Store): Store =>
    new Proxy(store, {
      get(target, key, receiver) {
        const found = Reflect.get(target, key, receiver);
        if (typeof found !== "function") return found;
        return (...given: unknown[]) => {
          touched.push(`${name}.${String(key)}`);
          return found.apply(target, given);
        };
      },
    });
  const storage = memoryStorage();
  return {
    describe: () => "spied",
    userStore: spy("userStore", storage.userStore),
    deviceStore: spy("deviceStore", storage.deviceStore),
    eventStore: spy("eventStore", storage.eventStore),
    activityLog: spy("activityLog", storage.activityLog),
    readingStore: spy("readingStore", storage.readingStore),
  };
}

function world() {
  const touched: string[] = [];
  const storage = spied(touched);
  const enode = clientOver(
    async ({ method, url }) => {
      touched.push(`${method} ${url}`);
      return Response.json({ data: [], pagination: { after: null, before: null } });
    },
    { clientId: "client-1", storage },
  );
  const recorder = new ActivityRecorder({
    // It has one, or the loss would fail as one that is not there.
    log: storage.activityLog ?? memoryStorage().activityLog,
    namespace: enode.namespace,
  });
  const mirror = new Mirror({ enode, store: storage.deviceStore });
  return { enode, mirror, recorder, touched };
}

/** What a method does in the end: lists do it only when they are used. */
async function outcome(call: () => unknown): Promise<unknown> {
  try {
    const result = await call();
    const { toArray } = Object(result) as { toArray?: (options: object) => Promise<unknown> };
    if (typeof toArray === "function") await toArray.call(result, { limit: 1 });
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("enode.request", () => {
  it.each([
    ["listVehicles", { query: { userId: undefined } }],
    ["listVehicles", { query: { vendor: undefined } }],
    ["listUserVehicles", { path: { userId: undefined } }],
    ["listInterventions", { query: { vendor: "" } }],
  ])("refuses a selection that got lost: %s with %o", async (operation, input) => {
    const { enode, touched } = world();
    // As from JavaScript.
    const error = await outcome(() => enode.request(operation as "listVehicles", input as object));
    expect(error).toMatchObject({ name: "ConfigurationError", code: "invalid_argument" });
    expect(touched).toEqual([]);
  });
});

describe.each([
  ["the client", ({ enode }: ReturnType<typeof world>): object => enode, ofClient],
  [
    "the scope of a user",
    ({ enode }: ReturnType<typeof world>): object => enode.user("u"),
    ofScope,
  ],
  [
    "the scope of a user of the host",
    ({ enode }: ReturnType<typeof world>): object => enode.user({ hostUserId: "anna" }),
    ofScope,
  ],
  ["a mirror", ({ mirror }: ReturnType<typeof world>): object => mirror, ofMirror],
  ["a recorder", ({ recorder }: ReturnType<typeof world>): object => recorder, ofRecorder],
])("the methods of %s", (_, targetOf, table) => {
  const names = methodsOf(targetOf(world()))
    .map(({ name }) => name)
    .filter((name) => !name.startsWith("hooks."));

  it("are all checked here: what does each of them select by?", () => {
    expect(new Set(names)).toEqual(new Set(Object.keys(table)));
  });

  const cases = Object.entries(table).flatMap(([name, args]) =>
    [...losses(args)].map(({ what, values }) => ({ name, what, values })),
  );
  it.each(cases)("refuse a selection that got lost: $name with $what", async ({ name, values }) => {
    const all = world();
    await all.enode.users.link({ hostUserId: "anna" }, {} as LinkSessionRequest);
    const method = methodsOf(targetOf(all)).find((each) => each.name === name);
    all.touched.length = 0;
    const error = await outcome(() => method?.owner[method.key]?.(...(values as never[])));
    expect(error).toMatchObject({ name: "ConfigurationError", code: "invalid_argument" });
    // A scope may have asked who the user of the host is.
    expect(all.touched.filter((each) => each !== "userStore.get")).toEqual([]);
  });
});
