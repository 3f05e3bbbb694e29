import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { vehicleEvent } from "./deliveries.ts";
import { type KillDatabase, killSqlite } from "./kill-database.ts";
import type {
  ChildMessage,
  ChildOptions,
  CircuitState,
  Handling,
  ParentMessage,
  Point,
} from "./kill-protocol.ts";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** More than any lease. */
const hour = 3_600_000;

/** Bundles the program, as it imports by names that the built package would have. */
export async function bundleChild(folder: string): Promise<string> {
  const outfile = join(folder, "kill-child.mjs");
  await build({
    entryPoints: [at("./kill-child.ts")],
    outfile,
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
  return outfile;
}

type Delivered = Extract<ParentMessage, { deliver: unknown }>["deliver"];

/** A process with a receiver, whose messages can be waited for. */
export class Child {
  readonly #process: ChildProcess;
  readonly #messages: ChildMessage[] = [];
  #change: PromiseWithResolvers<void> = Promise.withResolvers();
  #isOver = false;

  constructor(program: string, options: ChildOptions) {
    this.#process = fork(program, [JSON.stringify(options)], { execArgv: [] });
    this.#process.on("message", (message: ChildMessage) => {
      this.#messages.push(message);
      this.#notify();
    });
    this.#process.on("exit", () => {
      this.#isOver = true;
      this.#notify();
    });
  }

  send(message: ParentMessage): void {
    this.#process.send(message);
  }

  /** Waits for a message that has this member. */
  async next(member: string): Promise<ChildMessage> {
    let found = -1;
    await this.until(() => {
      found = this.#messages.findIndex((message) => member in message);
      return found >= 0;
    });
    return this.#messages.splice(found, 1)[0] as ChildMessage;
  }

  /** Whether there is a message that has this member, which is still to be waited for. */
  has(member: string): boolean {
    return this.#messages.some((message) => member in message);
  }

  /** Waits until a condition holds, which is checked after each message. */
  async until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
    for (;;) {
      // From before the check, so that no message is missed that comes during it.
      const { promise } = this.#change;
      if (await isTrue()) return;
      if (this.#isOver) throw new Error("the process ended before it was killed");
      await promise;
    }
  }

  #notify(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Kills it, and gives the signal that ended it. */
  async kill(): Promise<unknown> {
    if (this.#isOver) return this.#process.signalCode;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
    return this.#process.signalCode;
  }
}

/** One database, the processes that use it, and what they did. */
export class KillHarness {
  readonly #program: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "enode-kill-"));
  readonly #database: KillDatabase;
  readonly #log = join(this.#folder, "handled.jsonl");
  readonly #children = new Set<Child>();
  /** What was delivered, as `device number`, by device. */
  readonly delivered: Map<string, string[]> = new Map();
  readonly #fails: number;
  #ahead = 0;

  /**
   * With an SQLite file of its own, unless another database is given.
   *
   * @param fails How many calls of the handlers of each process fail before they work.
   */
  constructor(program: string, database?: KillDatabase, fails = 0) {
    this.#program = program;
    this.#fails = fails;
    this.#database = database ?? killSqlite(join(this.#folder, "events.db"));
  }

  /**
   * Starts a process with its clock past all leases, or past none of those that were given since.
   *
   * @param fails How many calls of its handlers fail.
   */
  async start(point?: Point, isPast = true, fails: number = this.#fails): Promise<Child> {
    if (isPast) this.#ahead += hour;
    const { address: database } = this.#database;
    const options = { database, log: this.#log, ahead: this.#ahead, fails };
    const child = new Child(this.#program, point ? { ...options, point } : options);
    this.#children.add(child);
    await child.next("ready");
    return child;
  }

  /** Has a process take in one delivery, with an event about each of these devices, in this order. */
  async deliver(child: Child, devices: readonly string[]): Promise<void> {
    await this.send(child, this.make(devices));
  }

  /** Makes the events of one delivery, all of which are to be handled. */
  make(devices: readonly string[]): Delivered {
    return devices.map((device) => {
      const known = this.delivered.get(device) ?? [];
      const text = `${device} ${known.length}`;
      this.delivered.set(device, [...known, text]);
      return vehicleEvent(device, text);
    });
  }

  /** Sends a delivery, also once more, to a process that answers. */
  async send(child: Child, events: Delivered): Promise<void> {
    child.send({ deliver: events });
    await child.until(() => child.has("status") || child.has("isKept"));
    if (child.has("isKept")) return;
    const answer = await child.next("status");
    // Otherwise it is not the receiver's to keep.
    if (!("status" in answer) || answer.status !== 200) throw new Error("it was not taken");
  }

  /** Has a process handle what it can, at the present time of this harness. */
  work(child: Child): void {
    child.send({ ahead: this.#ahead });
  }

  /** Has a process handle everything there is, after all leases have ended. */
  async drain(child: Child): Promise<void> {
    this.#ahead += hour;
    this.work(child);
    await child.until(async () => (await this.#database.countEvents()) === 0);
  }

  /** Each handling, in the order in which they happened. */
  handlings(): Handling[] {
    if (!existsSync(this.#log)) return [];
    const lines = readFileSync(this.#log, "utf8").split("\n");
    return lines.slice(0, -1).map((line) => JSON.parse(line));
  }

  /** The first handling of each event, by device, in the order in which they happened. */
  firstHandlings(): Map<string, string[]> {
    const byDevice = new Map<string, string[]>();
    for (const text of new Set(this.handlings().map((handling) => handling.text))) {
      const [device = ""] = text.split(" ");
      byDevice.set(device, [...(byDevice.get(device) ?? []), text]);
    }
    return byDevice;
  }

  /** How many handlings there were beyond the first one of each event. */
  doubles(): number {
    const handlings = this.handlings();
    return handlings.length - new Set(handlings.map(({ text }) => text)).size;
  }

  /**
   * Kills so many processes, each at its place, and has one in which nothing fails handle what they have left. Returns
   * in which states the circuits of those were.
   */
  async killInTurn(
    rounds: number,
    pointOf: (n: number) => Point,
    devices: readonly string[],
  ): Promise<CircuitState[]> {
    const circuits: CircuitState[] = [];
    for (let n = 0; n < rounds; n++) {
      const point = pointOf(n);
      const child = await this.start(point);
      await this.deliver(child, devices);
      if (point.name !== "append") this.work(child);
      const reached = await child.next("reached");
      if ("circuit" in reached) circuits.push(reached.circuit);
      const signal = await child.kill();
      if (signal !== "SIGKILL") throw new Error(`the process ended by ${signal}`);
    }
    // An event that was in many of the others would wait for minutes after one more failure.
    await this.drain(await this.start(undefined, true, 0));
    return circuits;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.kill()));
    rmSync(this.#folder, { recursive: true });
  }
}
