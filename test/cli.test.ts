import { type ChildProcess, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { sdkVersion } from "../generated/version.ts";
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

  /** Waits until stderr holds these texts. */
  async says(...texts: string[]): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = () => {
        if (texts.every((text) => this.err.includes(text))) resolve();
      };
      look();
      this.child.stderr?.on("data", look);
      void this.ended.then(() => reject(new Error(this.err)));
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

function clientOf(env: Record<string, string>): Enode {
  return new Enode({
    clientId: env["ENODE_CLIENT_ID"] ?? "",
    clientSecret: env["ENODE_CLIENT_SECRET"] ?? "",
    environment: "sandbox",
    baseUrl: env["ENODE_API_URL"] ?? "",
    tokenUrl: env["ENODE_TOKEN_URL"] ?? "",
  });
}

/** A server that takes all deliveries. */
async function listen(port: number): Promise<Server> {
  const server = createServer((request, reply) => {
    request.resume().once("end", () => reply.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}

/** A port on which nobody listens now. */
async function freePort(): Promise<number> {
  const server = await listen(0);
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
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
    expect((await clientOf(env).vehicles.list()).data.length).toBeGreaterThan(0);
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

  it("says on stderr that a webhook takes nothing, keeps it active, and says when it takes events", async () => {
    const port = await freePort();
    const hook = `http://127.0.0.1:${port}/hook`;
    // Heartbeats come every ten minutes, and a webhook is given up after five: 60 and 30 ms here.
    const run = new Run("sandbox", "--speed", "10000", "--webhook", hook);
    const env = await run.ready();
    const page = await (await fetch(`${env["ENODE_API_URL"]}/`)).text();
    expect(page).toContain(`ENODE_WEBHOOK_SECRET=${env["ENODE_WEBHOOK_SECRET"]}`);
    await run.says(
      "enode-sdk: ",
      `${hook} took no delivery: it could not be reached: fetch failed`,
    );
    await run.says(`${hook} took nothing for 5 minutes`, "keeps it active. Start your program.");
    const server = await listen(port);
    try {
      await run.says(`${hook} takes deliveries again.`);
      expect(run.err.split("took no delivery")).toHaveLength(2);
      expect(run.err.split("took nothing for")).toHaveLength(2);
      const [webhook] = await clientOf(env).webhooks.list().toArray({ limit: 2 });
      expect(webhook?.isActive).toBe(true);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("says on stderr that a webhook of a program has become inactive, and what to do", async () => {
    const url = `http://127.0.0.1:${await freePort()}/own`;
    const run = new Run("sandbox", "--speed", "10000");
    const enode = clientOf(await run.ready());
    const webhook = await enode.webhooks.create({ url, secret: "secret-secret", events: ["*"] });
    await run.says(`The webhook ${url} is inactive now`, "call enode.webhooks.ensure()");
    expect((await enode.webhooks.get(webhook.id)).isActive).toBe(false);
  });

  it("writes a file that a shell and Node read as it is", async () => {
    const folder = await mkdtemp(join(tmpdir(), "enode-cli-"));
    const file = join(folder, ".env");
    const out = await open(file, "w");
    try {
      const child = spawn(process.execPath, [CLI, "sandbox"], {
        stdio: ["ignore", out.fd, "pipe"],
      });
      running.add(child);
      let text = "";
      while (!text.includes("ENODE_ENVIRONMENT=sandbox\n")) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        text = await readFile(file, "utf8");
      }
      expect(text).not.toContain("ready");
      for (const line of text.trimEnd().split("\n")) expect(line).toMatch(/^(#|[A-Z_]+=\S+$)/);
    } finally {
      await out.close();
      await rm(folder, { recursive: true });
    }
  });

  it("listens on another address when it is told to, and says what that means", async () => {
    const run = new Run("sandbox", "--host", "0.0.0.0", "--port", "0");
    const { ENODE_API_URL: url = "" } = await run.ready();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/health/ready`)).status).toBe(204);
    await run.says("Listening on 0.0.0.0: whoever reaches this machine", "has no protection");
    const quiet = new Run("sandbox", "--host", "127.0.0.1");
    await quiet.ready();
    expect(quiet.err).toBe("");
  });

  it.each([[["--version"]], [["-v"]], [["sandbox", "--version"]]])(
    "shows its version: %j",
    async (args) => {
      const run = new Run(...args);
      expect(await run.ended).toBe(0);
      expect(run.out).toBe(`${sdkVersion}\n`);
    },
  );

  it.each([[["--help"]], [["sandbox", "--help"]], [["-h"]], [["help"]]])(
    "helps: %j",
    async (args) => {
      const run = new Run(...args);
      expect(await run.ended).toBe(0);
      expect(run.out).toContain("Usage: enode-sdk sandbox [options]");
    },
  );

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
    [
      ["sandbox", "--connection-limit", "1.5"],
      '--connection-limit must be a whole number, 0 or more, not "1.5"',
    ],
    [["sandbox", "--scenarios", "flood"], "--scenarios must be some of parked-car-flickers, "],
    [["sandbox", "--host", ""], "--host must be an address"],
    [["sandbox", "--host", "192.0.2.1"], "--host must be an address of this machine"],
    [["sandbox", "--webhook", "nowhere"], '--webhook cannot be "nowhere"'],
  ])("refuses %j in a line", async (args, message) => {
    const run = new Run(...args);
    expect(await run.ended).toBe(1);
    expect(run.out).toBe("");
    expect(run.err).toContain(`enode-sdk: ${message}`);
    expect(run.err).not.toMatch(/^ +at /m);
  });

  it("refuses links beyond its limit of connections", async () => {
    const run = new Run("sandbox", "--fleet", "2", "--connection-limit", "2");
    const enode = clientOf(await run.ready());
    const linking = enode.users.link("anna", {
      vendorType: "vehicle",
      scopes: ["vehicle:read:data"],
      language: "en-GB",
      redirectUri: "https://example.com",
    });
    await expect(linking).rejects.toMatchObject({
      status: 403,
      problem: { title: "Connections limit reached." },
    });
  });

  it("runs scenarios from the beginning", async () => {
    const run = new Run("sandbox", "--fleet", "1", "--scenarios", "near-duplicates,vendor-outage");
    const enode = clientOf(await run.ready());
    const [vehicle] = (await enode.vehicles.list()).data;
    const before = await enode.vehicles.get(vehicle?.id ?? "");
    await enode.vehicles.refresh(before.id);
    // In an outage no newer data come, also when they are asked for.
    expect(await enode.vehicles.get(before.id)).toEqual(before);
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
