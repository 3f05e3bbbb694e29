import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { describe, expect, it } from "vitest";
import type * as z from "zod";
import { webhookEventNames } from "../../generated/events.ts";
import * as schemas from "../../generated/schemas.ts";
import { description, lookUp } from "../support/openapi.ts";

type Json = Record<string, unknown>;

const schemaByName = new Map<string, z.ZodType>(Object.entries(schemas));
// The file holds keywords of OpenAPI that are none of JSON Schema's.
const ajv = new Ajv2020({ strict: false, allErrors: true });
formats(ajv);
ajv.addSchema({ ...description, $id: "openapi" });

/** What stands in the body of an event: its schema or its example. */
function inBodyOf(event: string, member: string): unknown {
  return lookUp(`/webhooks/${event}/post/requestBody/content/application~1json/${member}`);
}

/** Whether an event is valid by the description as other tools read it, and by the zod schemas. */
function expectValid(event: string, value: unknown): void {
  const validate = ajv.compile({ $ref: `openapi${inBodyOf(event, "schema/$ref")}` });
  expect([validate(value), validate.errors]).toEqual([true, null]);
  expect(schemas.WebhookEventSchema.parse(value)).toEqual(value);
}

function isValid(value: unknown): boolean {
  return schemas.WebhookEventSchema.safeParse(value).success;
}

describe("the webhook events", () => {
  it("are 28, in the list of names and in the union", () => {
    expect(webhookEventNames).toHaveLength(28);
    expect(lookUp("/components/schemas/WebhookEvent/oneOf")).toHaveLength(28);
    const mapping = lookUp("/components/schemas/WebhookEvent/discriminator/mapping");
    expect(Object.keys(mapping as Json)).toEqual(webhookEventNames);
  });

  it.each(webhookEventNames)("%s has a schema of its own, which the union names", (name) => {
    const $ref = String(inBodyOf(name, "schema/$ref"));
    const schema = $ref.replace("#/components/schemas/", "");
    expect(lookUp(`/components/schemas/${schema}/properties/event/const`)).toBe(name);
    expect(lookUp("/components/schemas/WebhookEvent/oneOf")).toContainEqual({ $ref });
    expect(lookUp(`/components/schemas/WebhookEvent/discriminator/mapping/${name}`)).toBe($ref);
    expect(schemas.WebhookEventSchema.options).toContain(schemaByName.get(`${schema}Schema`));
  });

  const examples = webhookEventNames
    .map((name) => ({ name, example: inBodyOf(name, "example") }))
    .filter(({ example }) => example !== undefined);

  it("have examples, each of them", () => {
    expect(examples.map(({ name }) => name)).toEqual(webhookEventNames);
  });

  it.each(examples)("$name has a valid example", ({ name, example }) => {
    expect(example).toMatchObject({ event: name });
    expectValid(name, example);
  });
});

const devices = (
  [
    ["vehicle", "vehicle"],
    ["hvac", "hvac"],
    ["inverter", "inverter"],
    ["battery", "battery"],
    ["meter", "meter"],
    ["hem-system", "hemSystem"],
  ] as const
).map(([kind, member]) => ({
  discovered: `user:${kind}:discovered`,
  updated: `user:${kind}:updated`,
  member,
}));

describe.each(devices)("the device of $discovered", ({ discovered, updated, member }) => {
  const { [member]: device, ...rest } = inBodyOf(updated, "example") as Json;
  const { id, userId, vendor, information, ...others } = device as Json;
  const withDevice = (members: Json): Json => ({
    ...rest,
    event: discovered,
    [member]: { id, information, ...members },
  });

  it("has all parts of a whole device by its example, and its readings are null", () => {
    const { [member]: found } = inBodyOf(discovered, "example") as Json;
    const event = { ...rest, event: updated, [member]: found };
    expect(isValid(event)).toBe(true);
    expect(Object.keys(found as Json).sort()).toEqual(Object.keys(device as Json).sort());
    expect(found).not.toEqual(device);
  });

  it.each([
    ["nothing else", {}],
    ["its user and vendor", vendor === undefined ? { userId } : { userId, vendor }],
    ["null for the rest", mapValues(others, () => null)],
    ["nulls within the rest", mapValues(others, nullWithin)],
    ["nothing within the rest", mapValues(others, (value) => (isJson(value) ? {} : value))],
    ["members that nobody knows yet", { addedNextYear: { deep: [1, null] } }],
    ["all the rest", others],
  ])("may have its information and %s", (_name, members) => {
    expectValid(discovered, withDevice(members));
  });

  it.each(["id", "information"])("needs its %s", (key) => {
    expect(isValid(withDevice({ [key]: null }))).toBe(false);
    const { [key]: _, ...without } = withDevice({})[member] as Json;
    expect(isValid({ ...withDevice({}), [member]: without })).toBe(false);
  });

  it("has a user and a vendor that are not null, if it has them", () => {
    expect(isValid(withDevice({ userId: null }))).toBe(false);
    if (vendor !== undefined) expect(isValid(withDevice({ vendor: null }))).toBe(false);
  });

  it.each(Object.keys(others))("is refused with another type of %s", (key) => {
    // No schema of the document takes a symbol, whatever else it takes.
    expect(isValid(withDevice({ [key]: Symbol() }))).toBe(false);
    const value = others[key];
    for (const inner of isJson(value) ? Object.keys(value) : []) {
      expect(isValid(withDevice({ [key]: { [inner]: Symbol() } }))).toBe(false);
    }
  });

  it("must be whole in other events", () => {
    const event = { ...rest, [member]: { id, information } };
    expect(isValid({ ...event, [member]: device })).toBe(true);
    expect(isValid(event)).toBe(false);
  });
});

describe("a discovered vehicle", () => {
  const { information } = (inBodyOf("user:vehicle:updated", "example") as { vehicle: Json })
    .vehicle;
  const parse = (members: Json) =>
    schemas.DiscoveredVehicleSchema.safeParse({ id: "1", information, ...members });

  it("has a battery level that is a number, null or missing, but no string", () => {
    expect(parse({ chargeState: { batteryLevel: 61 } }).success).toBe(true);
    expect(parse({ chargeState: { batteryLevel: null } }).success).toBe(true);
    expect(parse({ chargeState: { batteryLevel: "61" } }).error?.issues).toMatchObject([
      { path: ["chargeState", "batteryLevel"], code: "invalid_type" },
    ]);
  });

  it("may come from a vendor, and be in a state, that nobody knows yet", () => {
    const state = { powerDeliveryState: "PLUGGED_IN:DANCING" };
    expect(parse({ vendor: "BRAND_OF_NEXT_YEAR", chargeState: state }).success).toBe(true);
  });

  it("has lists that are null as a whole only", () => {
    expect(parse({ scopes: null }).success).toBe(true);
    expect(parse({ scopes: [null] }).success).toBe(false);
  });
});

describe("a discovered charger", () => {
  it("is whole", () => {
    const example = inBodyOf("user:charger:discovered", "example") as { charger: Json };
    for (const member of Object.keys(example.charger)) {
      const { [member]: _, ...charger } = example.charger;
      expect(isValid({ ...example, charger })).toBe(false);
    }
  });
});

/** The same value with null wherever there is neither an object nor anything in one. */
function nullWithin(value: unknown): unknown {
  return isJson(value) ? mapValues(value, nullWithin) : null;
}

function mapValues(members: Json, change: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(members).map(([key, value]) => [key, change(value)]));
}

function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
