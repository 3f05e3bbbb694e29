import { describe, expect, it } from "vitest";
import { refuseUnknownNames } from "../../../src/sandbox/shared/known-names.ts";

const known = { seed: true, clock: true, vehiclesPerUser: true };
const refuse = (options: object) => () =>
  refuseUnknownNames("It", options, known, { now: "clock" });

describe("a check of names", () => {
  it("accepts those that exist, whatever their values", () => {
    expect(refuse({ seed: undefined, clock: 1 })).not.toThrow();
  });

  it.each([
    ["clokc", 'It has no option "clokc"; did you mean clock?'],
    ["CLOCK", "did you mean clock?"],
    ["vehicles", "did you mean vehiclesPerUser?"],
    ["now", "did you mean clock?"],
    ["toString", "there are seed, clock, vehiclesPerUser"],
  ])("refuses %s", (name, message) => {
    expect(refuse({ [name]: 1 })).toThrow(message);
  });

  it("is quick with a name of a megabyte, which it does not repeat", () => {
    const name = "s".repeat(2 ** 20);
    expect(refuse({ [name]: 1 })).toThrow(/^It has no option "s{64}"/);
  });
});
