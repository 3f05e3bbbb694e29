import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { buildQuery, type QueryValues } from "../../../src/core/request/query.ts";
import { isConfigurationError } from "../../../src/errors/index.ts";
import { errorOf } from "../../support/stub.ts";

const paged = ["after", "before", "pageSize"];
const selecting = [...paged, "vendor"];

describe("building a query", () => {
  it.each<[QueryValues | undefined, string]>([
    [undefined, ""],
    [{}, ""],
    [{ pageSize: undefined }, ""],
    [{ pageSize: 5, after: "a&b=c +%" }, "?pageSize=5&after=a%26b%3Dc%20%2B%25"],
  ])("turns %j into %j", (values, query) => {
    expect(buildQuery(paged, values)).toBe(query);
  });

  it("writes booleans and numbers", () => {
    expect(buildQuery(["a", "b"], { a: true, b: 1.5 })).toBe("?a=true&b=1.5");
  });

  it("keeps any text so that it can be read back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (after) => {
        const { searchParams } = new URL(`https://api.example/${buildQuery(paged, { after })}`);
        expect([...searchParams]).toEqual([["after", after]]);
      }),
    );
  });

  it.each<[string, unknown, string]>([
    ["a name that the operation does not know", { pagesize: 5 }, "pagesize"],
    ["such a name without a value", { userId: undefined }, "userId"],
    ["a selection without a value", { vendor: undefined }, "vendor"],
    ["an empty selection", { vendor: "" }, "vendor"],
    ["a pageSize of 0", { pageSize: 0 }, "pageSize"],
    ["a negative pageSize", { pageSize: -1 }, "pageSize"],
    ["half a page", { pageSize: 1.5 }, "pageSize"],
    ["a pageSize that is NaN", { pageSize: Number.NaN }, "pageSize"],
    ["a pageSize that is text", { pageSize: "5" }, "pageSize"],
    ["both after and before", { after: "a", before: "b" }, "before"],
    ["null", { after: null }, "after"],
    ["a list", { after: ["a"] }, "after"],
    ["an object", { after: {} }, "after"],
    ["half of a surrogate pair", { after: "\udc00" }, "after"],
  ])("refuses %s, by name", (_what, values, parameter) => {
    const error = errorOf(() => buildQuery(selecting, values as QueryValues), isConfigurationError);

    expect(error).toMatchObject({ code: "invalid_argument", parameter });
    expect(error.message).toContain(parameter);
  });

  it("says which names there are", () => {
    const refuse = (known: string[] | undefined) =>
      errorOf(() => buildQuery(known, { foo: 1 }), isConfigurationError).message;

    expect(refuse(paged)).toContain("after, before, pageSize");
    expect(refuse(undefined)).toContain("none");
  });
});
