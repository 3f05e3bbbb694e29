import { describe, expect, it } from "vitest";
import { isConfigurationError } from "../../src/errors/index.ts";
import { closest, refuseUnknownNames } from "../../src/shared/known-names.ts";

const known = { baseUrl: true, timeout: true, maxRetries: true };

function refusal(options: object, aliases?: Record<string, string>): { message: string } {
  try {
    refuseUnknownNames("Enode", options, known, aliases);
  } catch (error) {
    if (isConfigurationError(error)) return error;
    throw error;
  }
  return { message: "" };
}

describe("names of options", () => {
  it("pass when they are known, whatever their values are", () => {
    expect(refusal({ baseUrl: undefined, timeout: 1 }).message).toBe("");
  });

  it("are refused by name when they do not exist, with the one that was meant", () => {
    expect(refusal({ baseURL: "x" })).toMatchObject({
      code: "invalid_option",
      parameter: "baseURL",
      message: 'Enode has no option "baseURL"; did you mean baseUrl?',
    });
    expect(refusal({ maxRetry: 3 }).message).toContain("did you mean maxRetries?");
  });

  it("are refused without a guess when nothing is near", () => {
    expect(refusal({ colour: "red" }).message).toBe('Enode has no option "colour".');
  });

  it("are found by what others call them", () => {
    expect(refusal({ apiUrl: "x" }, { apiUrl: "baseUrl" }).message).toContain("mean baseUrl?");
  });

  it("are not taken from prototypes", () => {
    expect(refusal({ toString: 1 }).message).toContain('no option "toString"');
    expect(refusal(JSON.parse('{"__proto__": 1}')).message).toContain('no option "__proto__"');
  });

  it("never quote the value", () => {
    expect(refusal({ clientSecrets: "hunter2-hunter2" }).message).not.toContain("hunter2");
  });
});

describe("the closest name", () => {
  it("is found by the fewest changes", () => {
    expect(closest("user:vehicle:update", ["user:vehicle:updated", "user:vehicle:deleted"])).toBe(
      "user:vehicle:updated",
    );
  });

  it("is none when all are far, and takes no time for a long text", () => {
    expect(closest("x".repeat(1_000_000), ["timeout", "z".repeat(20)])).toBeUndefined();
  });
});
