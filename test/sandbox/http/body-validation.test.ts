import { describe, expect, it } from "vitest";
import {
  strictLocationUpdate,
  strictTariff,
  strictTemperatureScheduleCreate,
  strictWebhookCreate,
} from "../../../generated/request-schemas.ts";
import { checkBody, checkList } from "../../../src/sandbox/http/body-validation.ts";
import { ProblemError } from "../../../src/sandbox/http/problems.ts";

/** The issues of the 400 that a check throws. */
function issuesOf(check: () => unknown): unknown {
  try {
    check();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    expect(error.status).toBe(400);
    return error.problem.issues ?? error.problem.detail;
  }
  throw new Error("Nothing was refused.");
}

describe("a body", () => {
  it("must be an object", () => {
    for (const body of [null, [], "text", 1]) {
      expect(issuesOf(() => checkBody(body, strictLocationUpdate))).toBe(
        "The body must be a JSON object",
      );
    }
  });

  it("is refused with every member that is invalid, unknown ones last", () => {
    const body = { other: 1, longitude: "1", name: 2 };
    expect(issuesOf(() => checkBody(body, strictLocationUpdate))).toEqual([
      { path: "name", message: "must be text" },
      { path: "longitude", message: "must be a number" },
      { path: "other", message: "is not a member of this request" },
    ]);
  });

  it("is checked by rules where its schema is content", () => {
    const rules = { name: () => "must be free", latitude: () => "must be near" };
    const body = { name: "home", latitude: "1" };
    expect(issuesOf(() => checkBody(body, strictLocationUpdate, { rules }))).toEqual([
      { path: "latitude", message: "must be a number" },
      { path: "name", message: "must be free" },
    ]);
  });

  it("is not checked by the rule of a member that is absent, or null where that is allowed", () => {
    const rules = { apiVersion: () => "must not be asked" };
    const body = { url: "https://a.example", secret: "secret" };
    expect(checkBody(body, strictWebhookCreate, { rules })).toEqual(body);
    const withNull = { ...body, apiVersion: null };
    expect(checkBody(withNull, strictWebhookCreate, { rules })).toEqual(withNull);
  });

  it("is accepted by a rule in place of the schema, which null does not pass by", () => {
    const instead = { events: (value: unknown) => (value === null ? "must be a list" : null) };
    const body = { url: "https://a.example", secret: "secret", events: ["unlisted"] };
    expect(checkBody(body, strictWebhookCreate, { instead })).toEqual(body);
    const withNull = { ...body, events: null };
    expect(issuesOf(() => checkBody(withNull, strictWebhookCreate, { instead }))).toEqual([
      { path: "events", message: "must be a list" },
    ]);
  });

  it("counts characters as code points", () => {
    const url = "https://a.example";
    expect(checkBody({ url, secret: "🚗".repeat(256) }, strictWebhookCreate)).toBeDefined();
    expect(issuesOf(() => checkBody({ url, secret: "🚗".repeat(5) }, strictWebhookCreate))).toEqual(
      [{ path: "secret", message: "must have 6 to 256 characters" }],
    );
  });
});

describe("a body of one of several forms", () => {
  const schedule = (defaultTargetState: unknown) => ({
    targetId: "id",
    targetType: "hvac",
    isEnabled: true,
    rules: [],
    defaultTargetState,
  });
  const refused = (state: unknown) =>
    issuesOf(() => checkBody(schedule(state), strictTemperatureScheduleCreate));

  it("is compared with the form that it names", () => {
    expect(refused({ mode: "COOL", holdType: "PERMANENT" })).toEqual([
      { path: "defaultTargetState.coolSetpoint", message: "must be a number" },
    ]);
    expect(refused({ mode: "AUTO", holdType: "PERMANENT", coolSetpoint: 20 })).toEqual([
      { path: "defaultTargetState.heatSetpoint", message: "must be a number" },
    ]);
  });

  it("gets the values of all forms when it names none", () => {
    expect(refused({ mode: "COLD", holdType: "PERMANENT" })).toEqual([
      { path: "defaultTargetState.mode", message: "must be one of COOL, HEAT, AUTO, OFF" },
    ]);
    expect(refused({})).toEqual([
      { path: "defaultTargetState.holdType", message: "must be one of PERMANENT, SCHEDULED" },
    ]);
  });

  it("is refused as a whole when it is no object", () => {
    expect(refused("COOL")).toEqual([{ path: "defaultTargetState", message: "must be an object" }]);
  });
});

describe("a body that is a list", () => {
  it("is refused with the place of every fault", () => {
    const body = [{ name: "day", cost: 1 }, { cost: "1" }];
    expect(issuesOf(() => checkList(body, strictTariff, "rates"))).toEqual([
      { path: "[0].cost", message: "must be a decimal in a string" },
      { path: "[1].name", message: "must be text" },
    ]);
    expect(issuesOf(() => checkList({}, strictTariff, "rates"))).toBe(
      "The body must be a list of rates",
    );
  });
});
