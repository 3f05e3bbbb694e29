import { describe, expect, it } from "vitest";
import { baseOf } from "../../scripts/site/base.ts";

describe("the path of the site", () => {
  it("is that of a whole host by default", () => {
    expect(baseOf(undefined)).toBe("/");
  });

  it.each(["/", "/enode-sdk/", "/docs/enode-sdk/"])("may be %s", (base) => {
    expect(baseOf(base)).toBe(base);
  });

  it.each(["", "enode-sdk", "/enode-sdk", "enode-sdk/", "//host/", "https://host/", "/a b/"])(
    "may not be %j",
    (base) => {
      expect(() => baseOf(base)).toThrow("--base is a path with a slash at both ends");
    },
  );
});
