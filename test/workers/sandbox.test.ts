import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

const open: Miniflare[] = [];
afterEach(async () => {
  for (const worker of open.splice(0)) await worker.dispose();
});

/** Runs a module as a Worker, bundled as wrangler does it. */
async function startWorker(code: string): Promise<Miniflare> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root, loader: "ts" },
    alias: {
      "enode-sdk/sandbox": `${root}src/sandbox/index.ts`,
      "enode-sdk": `${root}src/index.ts`,
    },
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "browser"],
    external: ["node:*"],
    write: false,
  });
  const worker = new Miniflare({
    modules: true,
    script: outputFiles[0]?.text ?? "",
    compatibilityDate: "2026-01-01",
    compatibilityFlags: ["nodejs_compat"],
  });
  open.push(worker);
  return worker;
}

const CLIENT = `
const enode = new Enode({ ...sandbox.credentials, environment: "sandbox", fetch: sandbox.fetch });
export default {
  async fetch() {
    const now = sandbox.clock.now().getTime();
    const vehicles = await enode.vehicles.list().toArray({ limit: 10 });
    return Response.json({
      vehicles: vehicles.map(({ id, lastSeen }) => ({ id, age: now - Date.parse(lastSeen) })),
      isPast: now <= Date.now(),
    });
  },
};`;

describe("createSandbox() at the top of a module of a Worker", () => {
  it.each([
    ["the real clock", "{ fleet: { users: 2, vehiclesPerUser: 1 } }"],
    ["a seed", "{ seed: 7, fleet: { users: 2, vehiclesPerUser: 1 } }"],
    ["a fast clock", "{ clock: { speed: 60 }, fleet: { users: 2, vehiclesPerUser: 1 } }"],
  ])("begins with the first request: %s", async (_, options) => {
    const worker = await startWorker(`
      import { Enode } from "enode-sdk";
      import { createSandbox } from "enode-sdk/sandbox";
      const sandbox = createSandbox(${options});
      ${CLIENT}`);
    for (const _request of ["first", "second"]) {
      const response = await worker.dispatchFetch("http://worker.test/");
      const text = await response.text();
      expect(response.status, text).toBe(200);
      const { vehicles } = JSON.parse(text) as { vehicles: { id: string; age: number }[] };
      expect(vehicles).toHaveLength(2);
      // Made at the first request, and not when the clock of the module stood still in 1970.
      for (const { age } of vehicles) expect(age).toBeLessThan(600_000 * 60);
    }
  });

  it("refuses an unknown option at once", async () => {
    const worker = await startWorker(`
      import { createSandbox } from "enode-sdk/sandbox";
      let message = "";
      try { createSandbox({ sede: 1 } as object); } catch (error) { message = String(error); }
      export default { fetch: () => new Response(message) };`);
    const response = await worker.dispatchFetch("http://worker.test/");
    expect(await response.text()).toContain("did you mean seed?");
  });
});
