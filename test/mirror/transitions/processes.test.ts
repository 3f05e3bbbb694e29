import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Enode } from "../../../src/index.ts";
import { Mirror } from "../../../src/mirror/index.ts";
import { type SandboxServer, startSandbox } from "../../../src/sandbox/index.ts";
import { SqliteFiles } from "../../storage/support/sqlite-files.ts";
import { long } from "../../support/long.ts";
import type {
  TransitionProcessMessage,
  TransitionProcessOptions,
} from "./support/transition-process.ts";

const program = fileURLToPath(new URL("./support/transition-process.ts", import.meta.url));
const secret = "a-secret-of-the-tests";
/** Longer than anything takes on any machine. */
const patience = { timeout: 100_000, interval: 20 };
/** Longer than all leases, in ms. */
const leases = 300_000;
const rounds = long(24, 8);
/** The other process may get nearly all of the events. */
const mostRounds = 1_000;

const files = new SqliteFiles();
const children = new Set<ChildProcess>();
let sandbox: SandboxServer | undefined;

afterEach(async () => {
  for (const child of children) await kill(child);
  await sandbox?.close();
  files.clear();
});

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

/** A process, the port for its deliveries, and what it has told. */
async function begin(options: TransitionProcessOptions) {
  const child = fork(program, [JSON.stringify(options)], { execArgv: [] });
  children.add(child);
  const state = { child, port: 0, told: [] as string[], hasStopped: false };
  child.on("message", (message: TransitionProcessMessage) => {
    if ("port" in message) state.port = message.port;
    else if ("told" in message) state.told.push(message.told);
    else state.hasStopped = true;
  });
  await vi.waitUntil(() => state.port > 0, patience);
  return state;
}

describe("two processes that tell transitions, of which one is killed", {
  timeout: 300_000,
}, () => {
  it.each<Pick<TransitionProcessOptions, "lastCall" | "lastTransition">>([
    { lastTransition: 1 },
    ...long([5, 9, 14, 17, 18, 19, 20, 21, 22, 23, 26, 31], [18, 21]).map((lastCall) => ({
      lastCall,
    })),
  ])("tell each of them once (%j)", async (end) => {
    const path = files.path();
    files.open(path);
    let ports: number[] = [];
    let deliveries = 0;
    const server = await startSandbox({
      port: 0,
      seed: 1,
      clock: "manual",
      fleet: { users: 2, vehiclesPerUser: 2 },
      async deliver(request) {
        const nth = deliveries++;
        const body = await request.text();
        const [one = 0, other = one] = nth % 2 === 0 ? ports : ports.toReversed();
        const send = (port: number) =>
          fetch(`http://127.0.0.1:${port}`, { method: "POST", headers: request.headers, body });
        // Every third one comes to both.
        const answers = await Promise.all(nth % 3 === 0 ? [send(one), send(other)] : [send(one)]);
        return new Response(null, { status: answers[0]?.status ?? 500 });
      },
    });
    sandbox = server;
    const { clientId, clientSecret } = server.credentials;
    const { apiUrl, tokenUrl } = server;
    const options = { path, apiUrl, tokenUrl, clientId, clientSecret, secret };
    const enode = new Enode({
      environment: "sandbox",
      clientId,
      clientSecret,
      baseUrl: apiUrl,
      tokenUrl,
    });
    const cars = server.devices.list();
    for (const { id } of cars) server.devices.update(id, { isPluggedIn: false });
    const { deviceStore } = files.open(path);
    const mirror = new Mirror({ enode, store: deviceStore });
    await mirror.backfill({ kinds: ["vehicle"] });

    const [dying, heir] = await Promise.all([begin({ ...options, ...end }), begin(options)]);
    ports = [dying.port, heir.port];
    await enode.webhooks.create({ url: "https://example.com/hook", secret });
    const expected = Object.fromEntries(cars.map(({ id }) => [id, [] as string[]]));
    let made = 0;
    for (; made < rounds || (!dying.hasStopped && made < mostRounds); made++) {
      const { id } = cars[made % cars.length] ?? { id: "" };
      const own = expected[id] ?? [];
      const isPluggedIn = own.length % 2 === 0;
      own.push(isPluggedIn ? "vehicle:plugged-in" : "vehicle:unplugged");
      server.clock.advance(30_000);
      server.devices.update(id, { isPluggedIn });
      await server.deliver();
    }
    const count = () => new Set([...dying.told, ...heir.told]).size;
    // It stops somewhere on the way, and the other one goes on with what it does not hold.
    await vi.waitUntil(() => dying.hasStopped || count() === made, patience);
    await kill(dying.child);
    ports = [heir.port];
    heir.child.send(leases);
    await vi.waitUntil(() => count() === made, patience);

    const all = [...dying.told, ...heir.told];
    const told = Object.fromEntries(cars.map((car) => [car.id, [] as string[]]));
    const inOrder = [...new Set(all)].map((id) => id.split("/"));
    // In the order of their times, which are the ends of their IDs.
    for (const [id = "", name = ""] of inOrder.toSorted((a, b) => Number(a[2]) - Number(b[2]))) {
      told[id]?.push(name);
    }
    expect(told).toEqual(expected);
    // Only the one that was told when the process was killed may be told again.
    expect(all.length - new Set(all).size).toBeLessThanOrEqual("lastCall" in end ? 1 : 0);
    expect(dying.hasStopped).toBe(true);
  });
});
