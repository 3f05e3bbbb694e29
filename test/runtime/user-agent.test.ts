import { describe, expect, it, vi } from "vitest";
import { sdkVersion } from "../../generated/version.ts";
import { isConfigurationError } from "../../src/errors/index.ts";
import { checkRuntime, userAgent } from "../../src/runtime/user-agent.ts";
import { createClient, errorOf, stubFetch } from "../support/stub.ts";

const chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36";

describe("the user agent", () => {
  it.each([
    ["Node", { process: { versions: { node: "24.0.0" } } }, " node/24.0.0"],
    ["Bun", { process: { versions: { node: "22.0.0", bun: "1.2.0" } } }, " bun/1.2.0"],
    [
      "Deno",
      { process: { versions: { node: "22.0.0" } }, Deno: { version: { deno: "2.1.0" } } },
      " deno/2.1.0",
    ],
    ["workerd", { navigator: { userAgent: "Cloudflare-Workers" } }, " workerd"],
    ["an unknown runtime", {}, ""],
  ])("names %s", (_runtime, globals, suffix) => {
    expect(userAgent(globals)).toBe(`enode-sdk/${sdkVersion}${suffix}`);
  });
});

const sentence =
  "enode-sdk needs Node 22.13 or newer, Bun, Deno or Workers, on a server: a browser or app would show everyone the client secret, and so the data of all your users. Let your own server call Enode.";

describe("versions of node", () => {
  it.each(["18.20.0", "20.19.5", "22.2.0", "22.12.9"])("as old as %s are refused", (node) => {
    const error = errorOf(
      () => checkRuntime({ process: { versions: { node } } }),
      isConfigurationError,
    );
    expect(error).toMatchObject({ code: "unsupported_runtime", message: sentence });
  });

  it.each([
    ["the oldest supported", { process: { versions: { node: "22.13.0" } } }],
    ["a newer one", { process: { versions: { node: "100.0.0" } } }],
    ["bun", { process: { versions: { node: "18.0.0", bun: "1.3.0" } } }],
    ["deno", { process: { versions: { node: "20.11.1" } }, Deno: { version: { deno: "2.1.0" } } }],
  ])("are not refused: %s", (_what, globals) => {
    expect(() => checkRuntime(globals)).not.toThrow();
  });
});

describe("browsers", () => {
  it.each([
    ["a browser", { navigator: { userAgent: chrome } }],
    [
      "a worker of a browser with a process of a bundler",
      { navigator: { userAgent: chrome }, process: {} },
    ],
    ["React Native", { navigator: { product: "ReactNative" } }],
  ])("refuse the credentials: %s", (_what, globals) => {
    const error = errorOf(() => checkRuntime(globals), isConfigurationError);

    expect(error).toMatchObject({ code: "unsupported_runtime", parameter: "runtime" });
    expect(error.message).toBe(sentence);
  });

  it.each([
    ["Node", { process: { versions: { node: "24.0.0" } }, navigator: { userAgent: "Node.js/24" } }],
    ["jsdom", { process: { versions: { node: "24.0.0" } }, navigator: { userAgent: chrome } }],
    ["workerd", { navigator: { userAgent: "Cloudflare-Workers" } }],
    ["Deno", { navigator: { userAgent: "Deno/2.1.0" } }],
    ["no navigator at all", {}],
  ])("are not what %s is", (_what, globals) => {
    expect(() => checkRuntime(globals)).not.toThrow();
  });

  it("refuse a client before it does anything", () => {
    const fetch = stubFetch();
    vi.stubGlobal("navigator", { product: "ReactNative" });

    try {
      errorOf(() => createClient({ fetch }), isConfigurationError);
    } finally {
      vi.unstubAllGlobals();
    }
  });
});
