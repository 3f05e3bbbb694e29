import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { Enode } from "../src/index.ts";

const CLI = fileURLToPath(new URL("../src/cli.ts", import.meta.url));

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
});

/** A run of the program, and what it has said so far. */
class Run {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  out = "";
  err = "";

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    running.add(this.child);
    this.child.stdout?.on("data", (chunk) => {
      this.out += String(chunk);
    });
    this.child.stderr?.on("data", (chunk) => {
      this.err += String(chunk);
    });
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code) => {
        running.delete(this.child);
        resolve(code);
      });
    });
  }

  /** Waits for the program to be ready; returns what it printed before, by name. */
  async ready(): Promise<Record<string, string>> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (this.out.endsWith("\nready\n")) resolve();
      };
      look();
      this.child.stdout?.on("data", look);
      void this.ended.then(() => reject(new Error(this.err)));
    });
    const pairs = this.out.split("\n").filter((line) => /^[A-Z_]+=/.test(line));
    return Object.fromEntries(pairs.map((line) => line.split(/=(.*)/s).slice(0, 2)));
  }
}

describe("enode-sdk sandbox", () => {
  it("prints its page and the variables that a client reads, and serves", async () => {
    const run = new Run("sandbox", "--port", "0", "--seed", "5", "--fleet", "small");
    const env = await run.ready();
    expect(run.out.split("\n")).toEqual([
      `# page: ${env["ENODE_API_URL"]}/`,
      expect.stringMatching(/^ENODE_API_URL=http:\/\/127\.0\.0\.1:\d+$/),
      `ENODE_TOKEN_URL=${env["ENODE_API_URL"]}/oauth2/token`,
      expect.stringMatching(/^ENODE_CLIENT_ID=./),
      expect.stringMatching(/^ENODE_CLIENT_SECRET=./),
      "ENODE_ENVIRONMENT=sandbox",
      "ready",
      "",
    ]);
    expect((await fetch(`${env["ENODE_API_URL"]}/`)).status).toBe(200);
    const enode = new Enode({
      clientId: env["ENODE_CLIENT_ID"] ?? "",
      clientSecret: env["ENODE_CLIENT_SECRET"] ?? "",
      environment: "sandbox",
      baseUrl: env["ENODE_API_URL"] ?? "",
      tokenUrl: env["ENODE_TOKEN_URL"] ?? "",
    });
    expect((await enode.vehicles.list()).data.length).toBeGreaterThan(0);
    run.child.kill("SIGINT");
    expect(await run.ended).toBe(0);
    expect(run.err).toBe("");
  });

  it("delivers to a webhook with a secret of its own, and ends with that open", async () => {
    const deliveries: { body: string; signature: unknown }[] = [];
    const server = createServer((request, reply) => {
      let body = "";
      request.on("data", (chunk) => {
        body += String(chunk);
      });
      request.on("end", () => {
        deliveries.push({ body, signature: request.headers["x-enode-signature"] });
        // Never answered: what is open must not keep the program.
        if (deliveries.length === 1) reply.writeHead(204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    try {
      const hook = `http://127.0.0.1:${port}/hook`;
      // Heartbeats come every ten minutes, here ten a second.
      const run = new Run("sandbox", "--speed", "6000", "--webhook", hook);
      const { ENODE_WEBHOOK_SECRET: secret = "" } = await run.ready();
      expect(secret).toMatch(/^[\w-]{43}$/);
      while (deliveries.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
      const [first] = deliveries;
      const mac = createHmac("sha1", secret)
        .update(first?.body ?? "")
        .digest("hex");
      expect(first?.signature).toBe(`sha1=${mac}`);
      run.child.kill("SIGTERM");
      expect(await run.ended).toBe(0);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it.each([[["--help"]], [["sandbox", "--help"]], [["-h"]]])("helps: %j", async (args) => {
    const run = new Run(...args);
    expect(await run.ended).toBe(0);
    expect(run.out).toContain("Usage: enode-sdk sandbox [options]");
  });

  it.each([
    [[], "Which command?"],
    [["server"], 'There is no command "server"'],
    [["sandbox", "now"], '"now" is one argument too many'],
    [["sandbox", "--nope"], "Unknown option '--nope'"],
    [["sandbox", "--port"], "Option '--port <value>' argument missing"],
    [["sandbox", "--port", "70000"], '--port must be a whole number from 0 to 65535, not "70000"'],
    [["sandbox", "--port", "1.5"], "--port must be"],
    [["sandbox", "--seed=-1"], "--seed must be a whole number, 0 or more"],
    [["sandbox", "--speed", "0"], "--speed must be a number above 0"],
    [["sandbox", "--fleet", "huge"], "--fleet must be small, large or a number of vehicles"],
    [["sandbox", "--webhook", "nowhere"], '--webhook cannot be "nowhere"'],
  ])("refuses %j in a line", async (args, message) => {
    const run = new Run(...args);
    expect(await run.ended).toBe(1);
    expect(run.out).toBe("");
    expect(run.err).toContain(`enode-sdk: ${message}`);
    expect(run.err).not.toMatch(/^ +at /m);
  });

  it("says so when its port is in use", async () => {
    const { port } = new URL((await new Run("sandbox").ready())["ENODE_API_URL"] ?? "");
    const second = new Run("sandbox", "--port", port);
    expect(await second.ended).toBe(1);
    expect(second.err).toBe(
      `enode-sdk: Port ${port} of 127.0.0.1 is in use; choose another or 0\n`,
    );
  });
});
