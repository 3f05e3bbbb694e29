import { readFileSync } from "node:fs";
import ts from "typescript";
import { beforeAll, describe, expect, it, vi } from "vitest";
import * as sdk from "../../src/index.ts";
import { createSandbox } from "../../src/sandbox/index.ts";
import { examplesIn, root } from "./support/compile-examples.ts";

const sandbox = createSandbox({
  seed: 1,
  clock: { speed: 600 },
  fleet: [
    {
      id: "user-1",
      vehicles: [{ batteryLevel: 40, isPluggedIn: true }],
      chargers: [{}],
      hvacs: [{}],
      inverters: [{}],
      batteries: [{}],
      meters: [{}],
    },
  ],
});
const enode = new sdk.Enode({
  ...sandbox.credentials,
  environment: "sandbox",
  fetch: sandbox.fetch,
});
/** What stands in the guides for IDs, and what is meant. */
const ids = new Map<string, string>();

beforeAll(async () => {
  for (const kind of ["vehicle", "charger", "hvac", "inverter", "battery"] as const) {
    const [device] = sandbox.devices.list("user-1", kind);
    ids.set(
      `"${/^[aeiou]/.test(kind) || kind === "hvac" ? "an" : "a"}-${kind}-id"`,
      `"${device?.id}"`,
    );
  }
  const home = { name: "Cabin", latitude: 60.39, longitude: 5.32, timezoneName: "Europe/Oslo" };
  const location = await enode.locations.create("user-1", home);
  ids.set('"a-location-id"', `"${location.id}"`);
});

/** The programs of a guide that run by themselves: the others export functions. */
function programsOf(guide: string): { name: string; code: string }[] {
  const file = `docs/guides/${guide}.md`;
  return examplesIn(file, readFileSync(root + file, "utf8")).filter(
    ({ code }) => !/^export /m.test(code),
  );
}

async function run(code: string): Promise<void> {
  const filled = [...ids].reduce((text, [from, to]) => text.replaceAll(from, to), code);
  const { outputText } = ts.transpileModule(filled, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2023 },
  });
  const modules: Readonly<Record<string, object>> = {
    "enode-sdk": { ...sdk, Enode: { fromEnv: () => enode } },
  };
  // An async function, as a program may await at its top level.
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  await new AsyncFunction("require", "exports", outputText)((name: string) => modules[name], {});
}

describe("the programs of the guides to devices and energy run against the sandbox", () => {
  it.each(["devices", "automation", "home-energy"].flatMap(programsOf))(
    "$name",
    async ({ code }) => {
      const print = vi.spyOn(console, "log").mockReturnValue();
      await run(code);
      if (code.includes("console.log")) expect(print).toHaveBeenCalled();
    },
  );
});
