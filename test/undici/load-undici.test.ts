import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("../support/programs/other-undici.ts", import.meta.url));

describe("the first call fails at once, and says what to do,", () => {
  it.each([
    ["missing", "needs the package undici, version 7 or newer: npm install undici"],
    ["old", "needs the package undici, version 7 or newer, not an older one: npm install undici"],
    ["broken", "cannot load the package undici: webidl.util.markAsUncloneable is not a function"],
  ])("where undici is %s", async (condition, message) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, condition]);

    expect(JSON.parse(stdout)).toEqual({
      name: "ConfigurationError",
      code: "invalid_option",
      message: `enode-sdk/undici ${message}`,
      retries: 0,
    });
  });
});
