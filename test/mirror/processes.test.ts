import { type ChildProcess, fork } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { Enode } from "../../src/index.ts";
import { Mirror } from "../../src/mirror/index.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { postgresStorage } from "../../src/storage/postgres/index.ts";
import { withPostgres } from "../support/services.ts";
import type { MirrorProcessMessage, MirrorProcessOptions } from "./support/mirror-process.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const secret = "a-secret-of-the-tests";
/** Longer than anything takes on any machine. */
const patience = { timeout: 100_000, interval: 20 };

withPostgres("two processes with one mirror in PostgreSQL", (postgres) => {
  let folder = "";
  let program = "";
  let sandbox: SandboxServer;
  const children: ChildProcess[] = [];

  beforeAll(async () => {
    await postgresStorage({ pool: postgres.pool() }).migrate();
    folder = mkdtempSync(join(tmpdir(), "enode-mirror-"));
    program = join(folder, "mirror-process.mjs");
    await build({
      entryPoints: [at("./support/mirror-process.ts")],
      outfile: program,
      bundle: true,
      platform: "node",
      format: "esm",
      // What `pg` does without when it is not there.
      external: ["pg-native"],
      // `pg` is CommonJS and requires modules of Node.
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
      logLevel: "silent",
    });
  });
  afterAll(async () => {
    for (const child of children) child.kill("SIGKILL");
    await sandbox?.close();
    rmSync(folder, { recursive: true });
  });

  it("keep it right, whichever of them gets a delivery, and when both do", async () => {
    const ports: number[] = [];
    let deliveries = 0;
    let lost = 0;
    sandbox = await startSandbox({
      port: 0,
      seed: 1,
      clock: "manual",
      fleet: { users: 4, vehiclesPerUser: 3, chargersPerUser: 1 },
      async deliver(request) {
        const nth = deliveries++;
        const body = await request.text();
        const send = (port = 0) =>
          fetch(`http://127.0.0.1:${port}`, { method: "POST", headers: request.headers, body });
        const [one = 0, other = 0] = nth % 2 === 0 ? ports : ports.toReversed();
        // Every third one comes to both at once; of every fourth the answer is lost, so that it comes again.
        const answers = await Promise.all(nth % 3 === 0 ? [send(one), send(other)] : [send(one)]);
        const isLost = nth % 4 === 3;
        if (isLost) lost++;
        return new Response(null, { status: isLost ? 500 : (answers[0]?.status ?? 500) });
      },
    });
    const { clientId, clientSecret } = sandbox.credentials;
    const { apiUrl, tokenUrl } = sandbox;
    const options = { database: postgres.url, apiUrl, tokenUrl, clientId, clientSecret, secret };
    const done: string[] = [];
    for (let index = 0; index < 2; index++) {
      const started: MirrorProcessOptions = options;
      const child = fork(program, [JSON.stringify(started)], { execArgv: [] });
      children.push(child);
      child.on("message", (message: MirrorProcessMessage) => {
        if ("port" in message) ports.push(message.port);
        else done.push(message.done);
      });
    }
    await vi.waitUntil(() => ports.length === 2, patience);

    const enode = new Enode({
      environment: "sandbox",
      clientId,
      clientSecret,
      baseUrl: apiUrl,
      tokenUrl,
    });
    await enode.webhooks.create({ url: "https://example.com/hook", secret });
    // While there is news both go through the lists, one of them twice.
    children[0]?.send("backfill");
    children[1]?.send("reconcile");
    for (let round = 0; round < 40; round++) {
      const devices = sandbox.devices.list();
      const device = devices[(round * 7) % devices.length];
      if (!device) throw new Error("There are some.");
      sandbox.clock.advance(30_000);
      sandbox.devices.update(device.id, { isPluggedIn: round % 2 === 0 });
      if (round % 10 === 5) sandbox.devices.remove(device.id);
      if (round % 10 === 7) sandbox.devices.add(`guest-${round}`, "charger");
      await sandbox.deliver();
    }
    // For those whose answers were lost.
    sandbox.clock.advance(60_000);
    await sandbox.deliver();
    await vi.waitUntil(() => done.length === 2, patience);

    const { deviceStore, eventStore } = postgresStorage({ pool: postgres.pool() });
    const mirror = new Mirror({ enode, store: deviceStore });
    const truth = new Map(sandbox.devices.list().map((each) => [each.id, withoutTimes(each)]));
    await vi.waitFor(async () => {
      const known = await mirror.devices.list().toArray({ limit: 1_000 });
      expect(new Map(known.map(({ id, data }) => [id, withoutTimes(data)]))).toEqual(truth);
    }, patience);
    expect((await mirror.users.get("guest-7"))?.data.linkedVendors).toMatchObject([
      { isValid: true },
    ]);
    expect(await eventStore.deadLetters(10, enode.namespace)).toEqual([]);
    expect(lost).toBeGreaterThan(5);

    children[0]?.send("reconcile");
    await vi.waitUntil(() => done.length === 3, patience);
    const known = await mirror.devices.list().toArray({ limit: 1_000 });
    expect(new Map(known.map(({ id, data }) => [id, data]))).toEqual(
      new Map(sandbox.devices.list().map((each) => [each.id, each])),
    );
  });
});

/** Readings that only got a newer date are no change: there is no event for them. */
function withoutTimes(device: object): unknown {
  return JSON.parse(JSON.stringify(device), (name, value) =>
    name === "lastSeen" || name === "lastUpdated" ? undefined : value,
  );
}
