import { afterEach, describe, expect, it, vi } from "vitest";
import { memoryStorage, type TokenStore } from "../../src/storage/index.ts";
import { WebhookReceiver } from "../../src/webhooks/index.ts";
import { createClient, json, stubFetch } from "../support/stub.ts";
import { deliver, vehicleEvent } from "../webhooks/receiver/support/deliveries.ts";
import { useOpenTelemetry } from "./support/observed.ts";

const observed = useOpenTelemetry();

const clientSecret = "sentinel/Secret+one=&two";
const token = "sentinelToken.abc-DEF_123";
const webhookSecret = "sentinel-webhook-secret";
/** What belongs to an end user. */
const user = "sentinel-user-1";
const vehicle = "sentinel-vehicle-1";
const mail = "sentinel-mail@example.com";

const forms = [clientSecret, token, webhookSecret, user, vehicle, mail, "sentinel"].flatMap(
  (text) => [
    text,
    encodeURIComponent(text),
    Buffer.from(text).toString("base64"),
    Buffer.from(text).toString("base64url"),
  ],
);

/** All of what a backend of traces and metrics would get, as text. */
async function everything(): Promise<string> {
  const spans = observed.spans().map(({ name, attributes, events, links, status, resource }) => {
    return { name, attributes, events, links, status, resource: resource.attributes };
  });
  const metrics: unknown[] = [];
  for (const [name] of await observed.units()) metrics.push(name, await observed.points(name));
  return JSON.stringify([spans, metrics]);
}

afterEach(async () => {
  const text = await everything();
  // Something was recorded at all.
  expect(text.length).toBeGreaterThan(500);
  expect(forms.filter((form) => text.includes(form))).toEqual([]);
});

/** An error that quotes everything. */
function echo(): Error {
  const text = forms.join(" | ");
  return Object.assign(new Error(text, { cause: new Error(text) }), { name: text, code: text });
}

describe("neither secrets nor end users are in spans and metrics", () => {
  it.each([200, 400, 401, 404, 409, 422, 429, 500])("of a call that gets a %i", async (status) => {
    const body = { type: `https://e.test/${token}`, title: forms.join(), detail: forms.join() };
    const fetch = stubFetch({
      api: () => json({ id: vehicle, ...body }, status, { "x-request-id": token }),
      token: () => json({ access_token: token, token_type: "bearer", expires_in: 3_600 }),
    });
    const { hooks } = observed.observability;
    const enode = createClient({ clientSecret, fetch, hooks, maxRetries: 1, deadline: 2_000 });

    await Promise.allSettled([
      enode.request("getVehicle", { path: { vehicleId: vehicle } }),
      enode.users.link(user, {
        vendorType: "vehicle",
        language: "en-GB",
        scopes: ["vehicle:read:data"],
        redirectUri: `https://app.test/?mail=${mail}`,
      }),
      enode.vehicles.list({ userId: user, pageSize: 1 }).toArray({ limit: 1 }),
    ]);

    const names = observed.spans().map(({ name }) => name);
    expect(names).toContain("GET /vehicles/{vehicleId}");
    expect(names).toContain("POST /users/{userId}/link");
  });

  it.each(["the API", "the token endpoint"])("of a call that cannot reach %s", async (what) => {
    const fail = () => {
      throw echo();
    };
    const fetch = stubFetch(what === "the API" ? { api: fail } : { token: fail });
    const enode = createClient({
      clientSecret,
      fetch,
      hooks: observed.observability.hooks,
      maxRetries: 0,
      baseUrl: "https://api.test/sub/sentinel",
    });

    await Promise.allSettled([enode.users.get(user)]);

    expect(observed.spans().length).toBeGreaterThanOrEqual(2);
  });

  it("of stores that fail", async () => {
    const fail = async () => {
      throw echo();
    };
    const broken: TokenStore = { get: fail, set: fail, delete: fail, lease: fail };
    const { hooks } = observed.observability;
    const { tokenStore } = observed.observability.storage({ tokenStore: broken });
    const fetch = stubFetch({
      token: () => json({ access_token: token, token_type: "bearer", expires_in: 3_600 }),
    });

    await createClient({ clientSecret, fetch, tokenStore, hooks }).users.get(user);

    expect(observed.spans("tokenStore.get").length).toBeGreaterThan(0);
    expect(observed.spans("tokenStore.get")[0]?.attributes["error.type"]).toBe("_OTHER");
  });

  it("of deliveries whose handlers fail, with a store and without one", async () => {
    const { eventStore } = observed.observability.storage(memoryStorage());
    const common = { secret: webhookSecret, maxAttempts: 1, onError: () => {} };
    const stored = new WebhookReceiver({ ...common, store: eventStore });
    for (const receiver of [stored, new WebhookReceiver(common)]) {
      observed.observability.receiver(receiver);
      receiver.on("user:vehicle:updated", () => {
        throw echo();
      });
      const event = { ...vehicleEvent(vehicle, mail), user: { id: user } };
      await deliver(receiver, [event], { secret: webhookSecret, deliveryId: mail });
      await deliver(receiver, [event], { secret: "another", deliveryId: mail });
    }
    await stored.drain();

    expect(observed.spans("process user:vehicle:updated").length).toBeGreaterThanOrEqual(2);
    await vi.waitFor(() => expect(observed.spans("eventStore.fail")).toHaveLength(1));
  });
});
