import { describe, expect, it } from "vitest";
import { type VerifyOptions, verifyWebhook, webhookRequest } from "../../../src/webhooks/index.ts";
import { lookUp } from "../../support/openapi.ts";

type Json = Record<string, unknown>;

const secret = "example-secret";

/** An event as the description shows it, each time a new copy. */
function example(name: string): Json {
  const at = `/webhooks/${name}/post/requestBody/content/application~1json/example`;
  return structuredClone(lookUp(at) as Json);
}

/** The example of an updated vehicle, changed somewhere inside. */
function vehicleUpdated(change: (vehicle: Record<string, Json>) => unknown): Json {
  const event = example("user:vehicle:updated");
  change(event["vehicle"] as Record<string, Json>);
  return event;
}

async function verify(events: readonly unknown[], validate?: VerifyOptions["validate"]) {
  const request = await webhookRequest(events as Json[], { secret });
  return verifyWebhook(request, { secret, ...(validate && { validate }) });
}

const broken = vehicleUpdated(({ chargeState = {} }) => {
  chargeState["batteryLevel"] = "full of sentinels";
});

describe("validate", () => {
  it.each([undefined, "off"] as const)(
    "set to %s lets pass what no handler expects",
    async (off) => {
      const verified = await verify([broken], off);

      expect(verified.events).toEqual([broken]);
      expect(verified.issues).toEqual([]);
    },
  );

  it("report lists where events differ, by their index in the delivery", async () => {
    const alsoBroken = vehicleUpdated((vehicle) => {
      delete vehicle["information"];
    });
    const events = [
      example("user:vehicle:updated"),
      { event: "user:spaceship:launched" },
      "no event",
      broken,
      example("system:heartbeat"),
      alsoBroken,
    ];

    const verified = await verify(events, "report");

    expect(verified.issues).toEqual([
      { path: "3.vehicle.chargeState.batteryLevel", message: expect.any(String) },
      { path: "5.vehicle.information", message: expect.any(String) },
    ]);
    expect(verified.payload).toEqual(events);
    expect(verified.events).toHaveLength(4);
    expect(verified.unknownEvents).toHaveLength(1);
    expect(verified.invalidEvents).toMatchObject([{ index: 2 }]);
  });

  it("throw refuses the delivery, with the same issues", async () => {
    await expect(verify([example("system:heartbeat"), broken], "throw")).rejects.toMatchObject({
      name: "WebhookVerificationError",
      code: "schema_mismatch",
      message: expect.stringMatching(/1 place.*1\.vehicle\.chargeState\.batteryLevel/),
      issues: [{ path: "1.vehicle.chargeState.batteryLevel", message: expect.any(String) }],
    });
  });

  it.each(["report", "throw"] as const)("%s never quotes what was found", async (validate) => {
    const found = await verify([broken], validate).then(
      ({ issues }) => issues,
      (error: Error) => [error.message, error],
    );

    expect(found).not.toEqual([]);
    expect(JSON.stringify(found)).not.toContain("sentinel");
  });

  it.each<[string, Json]>([
    ["an event as it is described", example("user:vehicle:updated")],
    ["a new member of the event", { ...example("user:vehicle:updated"), addedLater: [1] }],
    ["a new member within", vehicleUpdated((vehicle) => Object.assign(vehicle, { wheels: 4 }))],
    [
      "a new value of an enum",
      vehicleUpdated((vehicle) => Object.assign(vehicle, { vendor: "BRAND_OF_NEXT_YEAR" })),
    ],
    ["an event of a new name", { event: "user:spaceship:launched", createdAt: 5 }],
    [
      "a discovered device of which little is known",
      { ...vehicleUpdated(onlyInformation), event: "user:vehicle:discovered" },
    ],
  ])("throw lets %s pass", async (_what, event) => {
    const verified = await verify([event], "throw");

    expect(verified.payload).toEqual([event]);
    expect(verified.issues).toEqual([]);
  });

  it("gives events as they came, not what a schema made of them", async () => {
    const event = vehicleUpdated((vehicle) => Object.assign(vehicle, { wheels: 4 }));

    const { events, payload } = await verify([event], "report");

    expect(events[0]).toBe(payload[0]);
    expect(events).toEqual([event]);
  });

  it.each<unknown>(["warn", "", true, 1, null])("set to %j is a mistake", async (wrong) => {
    const request = await webhookRequest([], { secret });

    // Also when there is no event to check: mistakes should not wait for one.
    const refusal = verifyWebhook(request, {
      secret,
      validate: wrong as Exclude<VerifyOptions["validate"], undefined>,
    });

    await expect(refusal).rejects.toMatchObject({
      name: "ConfigurationError",
      code: "invalid_argument",
      parameter: "validate",
    });
  });
});

/** All that the discovery of a device needs to have. */
function onlyInformation(vehicle: Record<string, Json>): void {
  for (const name of Object.keys(vehicle)) {
    if (!["id", "userId", "vendor", "information"].includes(name)) delete vehicle[name];
  }
}
