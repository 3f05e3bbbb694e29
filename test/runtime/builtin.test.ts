import { AsyncLocalStorage } from "node:async_hooks";
import { createHash } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { captureContext } from "../../src/runtime/async-context.ts";
import { builtin } from "../../src/runtime/builtin.ts";
import { sqliteStorage } from "../../src/storage/sqlite/index.ts";

const { versions } = process;

/** Modules that are loaded again, since they are kept for the life of the process. */
async function freshHmac() {
  vi.resetModules();
  return import("../../src/runtime/hmac/node.ts");
}

describe("a module of node's own", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("is found on node", () => {
    expect(builtin("node:crypto")).toHaveProperty("createHash", createHash);
  });

  it.each([
    ["there is no process", undefined],
    // Next's edge runtime: an object with an environment, and a function that only throws.
    [
      "the runtime warns that it has none",
      {
        env: {},
        getBuiltinModule(): never {
          throw new Error("A Node.js API is used which is not supported in the Edge Runtime.");
        },
      },
    ],
    ["node is older than the function", { versions }],
    [
      "the function knows no such module",
      { versions, getBuiltinModule: (): undefined => undefined },
    ],
  ])("is none where %s, and what needs one does without", async (_, process) => {
    vi.stubGlobal("process", process);
    expect(builtin("node:crypto")).toBeUndefined();
    expect((await freshHmac()).nodeHmac()).toBeUndefined();
    const context = new AsyncLocalStorage<string>();
    const later = context.run("first", captureContext);
    expect(context.run("second", () => later(() => context.getStore()))).toBe("second");
    expect(() => sqliteStorage({ path: ":memory:" })).toThrow(
      expect.objectContaining({ code: "unsupported_runtime" }),
    );
  });
});
