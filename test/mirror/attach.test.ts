import { describe, expect, it } from "vitest";
import { isConfigurationError } from "../../src/errors/index.ts";
import { ActivityRecorder, Mirror } from "../../src/mirror/index.ts";
import { memoryStorage } from "../../src/storage/index.ts";
import { signWebhook, WebhookReceiver } from "../../src/webhooks/index.ts";
import { createClient, errorOf, stubFetch } from "../support/stub.ts";
import { broken, createWorld, stubbedWorld, updated } from "./support/world.ts";

const secret = "a-secret-of-some-length";

async function deliver(receiver: WebhookReceiver, events: object[]): Promise<Response> {
  const body = JSON.stringify(events);
  return receiver.handle({
    body,
    headers: { "x-enode-signature": await signWebhook(body, secret) },
  });
}

describe("a mirror attached to a receiver", () => {
  it("has what came before the delivery is acknowledged", async () => {
    const { mirror } = stubbedWorld();
    const receiver = new WebhookReceiver({ secret });
    mirror.attach(receiver);
    const response = await deliver(receiver, [updated(1), updated(2, { id: "v2" })]);
    expect(response.status).toBe(200);
    expect(await mirror.devices.list().toArray({ limit: 9 })).toHaveLength(2);
  });

  it("is up to date when handlers that were added later are called", async () => {
    const { mirror } = stubbedWorld();
    const receiver = new WebhookReceiver({ secret });
    mirror.attach(receiver);
    const seen: unknown[] = [];
    receiver.on("user:vehicle:updated", async ({ vehicle }) => {
      seen.push((await mirror.devices.get(vehicle.id))?.id);
    });
    await deliver(receiver, [updated(1)]);
    expect(seen).toEqual(["v1"]);
  });

  it("hears nothing once it is detached", async () => {
    const { mirror } = stubbedWorld();
    const receiver = new WebhookReceiver({ secret });
    const detach = mirror.attach(receiver);
    detach();
    expect((await deliver(receiver, [updated(1)])).status).toBe(200);
    expect(await mirror.devices.get("v1")).toBeUndefined();
  });

  it("acknowledges nothing that its store did not take, and takes it when it comes again", async () => {
    let isDown = true;
    const whole = memoryStorage().deviceStore;
    const store = broken(
      "upsert",
      async (records) => {
        if (isDown) throw new Error("down");
        return whole.upsert(records);
      },
      whole,
    );
    const { mirror } = stubbedWorld({}, store);
    const receiver = new WebhookReceiver({ secret, onError: () => undefined });
    mirror.attach(receiver);
    expect((await deliver(receiver, [updated(1)])).status).toBe(503);
    isDown = false;
    expect((await deliver(receiver, [updated(1)])).status).toBe(200);
    expect(await mirror.devices.get("v1")).toBeDefined();
  });

  it("takes what a sandbox delivers", async () => {
    const receiver = new WebhookReceiver({ secret });
    const { sandbox, enode, mirror } = createWorld({ deliver: receiver.handle });
    mirror.attach(receiver);
    await enode.webhooks.create({ url: "https://example.com/hook", secret });
    const { id } = sandbox.devices.add("anna", "vehicle");
    sandbox.devices.update(id, { batteryLevel: 12 });
    await sandbox.deliver();
    expect((await mirror.devices.get(id))?.data).toEqual(sandbox.devices.get(id));
    expect((await mirror.users.get("anna"))?.data.linkedVendors).toMatchObject([{ isValid: true }]);
    sandbox.invalidateCredentials("anna", "TESLA");
    await sandbox.deliver();
    expect((await mirror.users.get("anna"))?.data.linkedVendors).toMatchObject([
      { isValid: false },
    ]);
    sandbox.devices.remove(id);
    await sandbox.deliver();
    expect(await mirror.devices.get(id)).toBeUndefined();
  });

  it.each(["default", "sandbox:client-1"])("takes a receiver of the namespace %s", (namespace) => {
    const { mirror } = stubbedWorld();
    expect(mirror.attach(new WebhookReceiver({ secret, namespace }))).toBeTypeOf("function");
  });

  it("refuses a receiver with a store and without the namespace of the client", () => {
    const { mirror } = stubbedWorld();
    const receiver = new WebhookReceiver({ secret, store: memoryStorage().eventStore });
    const error = errorOf(() => mirror.attach(receiver), isConfigurationError);
    expect(error).toMatchObject({ parameter: "receiver" });
    expect(error.message).toContain("namespace: enode.namespace");
  });

  it("refuses a receiver that serves another client already, until that one is detached", () => {
    const { deviceStore: store, activityLog: log } = memoryStorage();
    const clients = ["one", "two"].map((clientId) =>
      createClient({ clientId, fetch: stubFetch() }),
    );
    const [one, two] = clients.map((enode) => new Mirror({ enode, store }));
    const [first] = clients;
    if (!one || !two || !first) throw new Error("There are two.");
    const receiver = new WebhookReceiver({ secret });
    const recorder = new ActivityRecorder({ log, namespace: first.namespace });
    const other = new ActivityRecorder({ log, namespace: "sandbox:two" });
    const detach = one.attach(receiver);
    const end = recorder.attach(receiver);
    for (const attach of [() => two.attach(receiver), () => other.attach(receiver)]) {
      const error = errorOf(attach, isConfigurationError);
      expect(error).toMatchObject({ parameter: "receiver" });
      expect(error.message).toContain("sandbox:one");
    }
    detach();
    detach();
    expect(() => two.attach(receiver)).toThrow("sandbox:one");
    end();
    two.attach(receiver)();
    other.attach(receiver);
  });

  it.each([undefined, null, {}, { on() {} }])("refuses %o as a receiver", (receiver) => {
    const { mirror } = stubbedWorld();
    // As from JavaScript.
    const attach = () => mirror.attach(receiver as unknown as WebhookReceiver);
    expect(errorOf(attach, isConfigurationError)).toMatchObject({ parameter: "receiver" });
  });

  it("keeps two clients apart that share a database", async () => {
    const { deviceStore, eventStore } = memoryStorage();
    const mirrors = await Promise.all(
      ["one", "two"].map(async (clientId, index) => {
        const enode = createClient({ clientId, fetch: stubFetch() });
        const { namespace } = enode;
        const receiver = new WebhookReceiver({ secret, store: eventStore, namespace });
        const mirror = new Mirror({ enode, store: deviceStore });
        mirror.attach(receiver);
        receiver.start();
        for (const car of ["a", "b"]) {
          await deliver(receiver, [
            updated(1, { id: `${car}-of-${clientId}`, userId: `u${index}` }),
          ]);
        }
        return { receiver, mirror };
      }),
    );
    const seen = mirrors.map(async ({ receiver, mirror }) => {
      await receiver.stop();
      return (await mirror.devices.list().toArray({ limit: 9 })).map(({ id }) => id).sort();
    });
    expect(await Promise.all(seen)).toEqual([
      ["a-of-one", "b-of-one"],
      ["a-of-two", "b-of-two"],
    ]);
  });

  it("refuses a receiver of another client", () => {
    const { mirror } = stubbedWorld();
    const receiver = new WebhookReceiver({ secret, namespace: "production:client-1" });
    const error = errorOf(() => mirror.attach(receiver), isConfigurationError);
    expect(error).toMatchObject({ parameter: "receiver" });
  });
});

describe("a mirror", () => {
  const { deviceStore } = memoryStorage();

  it("refuses a client without a client ID", () => {
    const tokenProvider = async () => ({ token: "t", expiresAt: new Date(8e15) });
    // Without types anything is possible; with them the secret is left out here.
    const options = { clientId: undefined, clientSecret: undefined, tokenProvider } as object;
    const enode = createClient({ ...options, fetch: stubFetch() });
    const error = errorOf(() => new Mirror({ enode, store: deviceStore }), isConfigurationError);
    expect(error).toMatchObject({ parameter: "clientId" });
  });

  it("says what to pass when it is given the client alone, or no receiver", () => {
    const enode = createClient({ fetch: stubFetch() });
    expect(() => new Mirror(enode as never)).toThrow("pass { enode, store }");
    expect(() => new Mirror({ store: deviceStore } as never)).toThrow("pass { enode, store }");
    const mirror = new Mirror({ enode, store: deviceStore });
    expect(() => mirror.attach({} as never)).toThrow("The receiver must be a WebhookReceiver.");
  });

  it("refuses options that there are not, and a callback that is none", () => {
    const enode = createClient({ fetch: stubFetch() });
    const whole = { enode, store: deviceStore };
    const odd = { ...whole, onErorr: () => undefined };
    expect(() => new Mirror(odd)).toThrow("did you mean onError");
    const none = { ...whole, onError: "print" as never };
    expect(errorOf(() => new Mirror(none), isConfigurationError)).toMatchObject({
      parameter: "onError",
    });
    expect(() => new Mirror(undefined as never)).toThrow("object of options");
  });

  it("refuses selections and options of reads and lists that there are not", async () => {
    const { mirror } = stubbedWorld();
    expect(() => mirror.devices.list({ userID: "u1" } as object)).toThrow("did you mean userId");
    expect(() => mirror.devices.list({ kind: "vehicles" } as object)).toThrow(
      "kind must be one of",
    );
    expect(() => mirror.devices.list(null as never)).toThrow("takes an object");
    expect(() => mirror.actions.list({ user: "u1" } as object)).toThrow("user");
    expect(() => mirror.users.list({ userId: "u1" } as never)).toThrow("userId");
    const backfill = async () => mirror.backfill({ kind: ["vehicle"] } as object);
    await expect(backfill()).rejects.toThrow("did you mean kinds");
  });

  it.each([undefined, null, {}, memoryStorage().eventStore])("refuses %o as a store", (store) => {
    const enode = createClient({ fetch: stubFetch() });
    // As from JavaScript.
    const options = { enode, store } as unknown as ConstructorParameters<typeof Mirror>[0];
    expect(errorOf(() => new Mirror(options), isConfigurationError)).toMatchObject({
      parameter: "store",
    });
  });
});

describe("two clients on one store", () => {
  it("never see what is the other's", async () => {
    const store = memoryStorage().deviceStore;
    const mirrors = ["one", "other"].map((clientId) => {
      const enode = createClient({ clientId, fetch: stubFetch() });
      return { enode, mirror: new Mirror({ enode, store }) };
    });
    const [one, other] = mirrors;
    if (!one || !other) throw new Error("There are two.");
    await one.mirror.apply([updated(1), updated(1, { id: "v2", userId: "u2" })]);
    await other.mirror.apply(updated(5, { id: "v2", userId: "u3" }));
    expect(await other.mirror.devices.get("v1")).toBeUndefined();
    expect(await one.mirror.devices.get("v2")).toMatchObject({ userId: "u2" });
    const idsOf = async ({ mirror }: typeof one) =>
      (await mirror.devices.list().toArray({ limit: 9 })).map(({ id }) => id).sort();
    expect(await idsOf(one)).toEqual(["v1", "v2"]);
    expect(await idsOf(other)).toEqual(["v2"]);
    expect(await other.mirror.devices.list({ userId: "u1" }).toArray({ limit: 9 })).toEqual([]);
  });
});
