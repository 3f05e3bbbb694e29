import { createHmac } from "node:crypto";
import { mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { watchDeliveries } from "../../src/cli/sandbox/watch-deliveries.ts";
import { Enode } from "../../src/index.ts";
import { serveSandbox } from "../../src/sandbox/host/server.ts";
import { Run, run, variablesIn } from "./support/run.ts";

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
    const run = new Run(["sandbox", "--port", "0", "--fleet", "small", "--quiet"]);
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

  it("starts with --no-bodies", async () => {
    const run = new Run(["sandbox", "--port", "0", "--no-bodies", "--quiet"]);
    const env = await run.ready();
    expect((await fetch(`${env["ENODE_API_URL"]}/?tab=requests`)).status).toBe(200);
    run.child.kill("SIGTERM");
    expect(await run.ended).toBe(0);
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
      const run = new Run(["sandbox", "--port", "0", "--speed", "6000", "--webhook", hook]);
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

  it("says on stderr that a webhook takes no delivery, and when it takes some again", async () => {
    const port = await freePort();
    const hook = `http://127.0.0.1:${port}/hook`;
    // Heartbeats come every ten minutes: 60 ms here.
    const run = new Run(["sandbox", "--port", "0", "--speed", "10000", "--webhook", hook]);
    const env = await run.ready();
    const page = await (await fetch(`${env["ENODE_API_URL"]}/?tab=connect`)).text();
    expect(page).toContain(`ENODE_WEBHOOK_SECRET=${env["ENODE_WEBHOOK_SECRET"]}`);
    await run.says(
      "enode-sdk: ",
      `${hook} took no delivery: it could not be reached: fetch failed`,
    );
    const server = await listen(port);
    try {
      await run.says(`${hook} takes deliveries again.`);
      expect(run.err.split("took no delivery")).toHaveLength(2);
      const [webhook] = await clientOf(env).webhooks.list().toArray({ limit: 2 });
      expect(webhook?.isActive).toBe(true);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it.each([
    {
      whose: "--webhook, which it keeps active",
      isKept: true,
      says: ["took nothing for 5 minutes", "keeps it active. Start your program."],
    },
    {
      whose: "a program, and what to do",
      isKept: false,
      says: ["is inactive now", "call enode.webhooks.ensure()"],
    },
  ])("says once when it gives up a webhook: that of $whose", async ({ isKept, says }) => {
    const address = `http://127.0.0.1:${await freePort()}/hook`;
    const url = `${address}?key=s3ntinel`;
    // Five minutes of the wall clock, in a process, would be as long here.
    const { server, webhooks } = await serveSandbox({ webhookRetryWindow: 10 });
    const said: string[] = [];
    const heard = Promise.withResolvers<void>();
    watchDeliveries(webhooks, isKept ? url : undefined, (text) => {
      if (said.push(text) === 2) heard.resolve();
    });
    try {
      const enode = clientOf(server.env);
      const { id } = await enode.webhooks.create({ url, secret: "a-secret", events: ["*"] });
      server.devices.add("anna", "charger");
      await heard.promise;
      expect(said.join()).not.toContain("s3ntinel");
      expect(said).toEqual([
        expect.stringContaining(`${address} took no delivery: it could not be reached`),
        expect.stringMatching(new RegExp(says.join(".*"))),
      ]);
      expect((await enode.webhooks.get(id)).isActive).toBe(isKept);
    } finally {
      await server.close();
    }
  });

  it("writes a file that a shell and Node read as it is", async () => {
    const folder = await mkdtemp(join(tmpdir(), "enode-cli-"));
    const file = join(folder, ".env");
    const out = await open(file, "w");
    try {
      new Run(["sandbox", "--port", "0"], { out: out.fd });
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
    const run = new Run(["sandbox", "--host", "0.0.0.0", "--port", "0"]);
    const { ENODE_API_URL: url = "" } = await run.ready();
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/health/ready`)).status).toBe(204);
    await run.says("Listening on 0.0.0.0: whoever reaches this machine", "--seed random");
    const page = /^# page: (.+)$/m.exec(run.out)?.[1] ?? "";
    expect(page).toMatch(/\/\?token=[\w-]{36}$/);
    expect((await fetch(page, { redirect: "manual" })).status).toBe(303);
    expect((await fetch(`${url}/`)).status).toBe(401);
    const quiet = new Run(["sandbox", "--host", "127.0.0.1", "--port", "0"]);
    await quiet.ready();
    expect(quiet.err).toBe("");
  });

  it.each([
    [["sandbox", "now"], '"now" is one argument too many'],
    [["sandbox", "--nope"], "Unknown option '--nope'"],
    [["sandbox", "--port"], "Option '-p, --port <value>' argument missing"],
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
    [["sandbox", "--quiet", "--json"], "Give --quiet or --json, not both"],
    [["sandbox", "--webhook-secret", "secret"], "--webhook-secret needs --webhook"],
    [
      ["sandbox", "--webhook", "http://127.0.0.1:1/", "--webhook-secret", "$HOME"],
      "--webhook-secret must be 6 to 256 letters",
    ],
  ])("refuses %j in a line", async (args, message) => {
    const { code, out, err } = await run([
      ...args,
      ...(args.includes("--port") ? [] : ["--port=0"]),
    ]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`enode-sdk: ${message}`);
    expect(err).not.toMatch(/^ +at /m);
  });

  it("says so when its port is in use", async () => {
    const { ENODE_API_URL: url = "" } = await new Run(["sandbox", "--port", "0"]).ready();
    const { port } = new URL(url);
    expect(await run(["sandbox", "--port", port])).toEqual({
      code: 1,
      out: "",
      err: `enode-sdk: Port ${port} of 127.0.0.1 is in use; choose another or 0\n`,
    });
  });

  it("has the same credentials and the same secret of webhooks each time, unless told otherwise", async () => {
    const hook = `http://127.0.0.1:${await freePort()}/hook`;
    const start = async (...more: string[]) => {
      const { ENODE_API_URL, ENODE_TOKEN_URL, ...stable } = await new Run([
        ...["sandbox", "--port", "0", "--webhook", hook],
        ...more,
      ]).ready();
      return stable;
    };
    const [first, second, other, random, own] = await Promise.all([
      start(),
      start(),
      start("--seed", "7"),
      start("--seed", "random"),
      start("--webhook-secret", "my-own-secret"),
    ]);
    expect(second).toEqual(first);
    expect(first["ENODE_WEBHOOK_SECRET"]).toMatch(/^[\w-]{43}$/);
    for (const name of ["ENODE_CLIENT_ID", "ENODE_CLIENT_SECRET", "ENODE_WEBHOOK_SECRET"]) {
      expect(new Set([first[name], other[name], random[name]]).size).toBe(3);
    }
    expect(own).toEqual({ ...first, ENODE_WEBHOOK_SECRET: "my-own-secret" });
  });

  it("logs each request and delivery on stderr", async () => {
    const server = await listen(0);
    const address = server.address();
    const hook = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/hook`;
    try {
      const it = new Run(["sandbox", "--port", "0", "--speed", "6000", "--webhook", hook]);
      const env = await it.ready();
      await clientOf(env).vehicles.list();
      await fetch(`${env["ENODE_API_URL"]}/nowhere`);
      await it.says("/nowhere", `-> ${hook}`);
      expect(it.err).toMatch(/^\d\d:\d\d:\d\d POST \/oauth2\/token 200 \d+ ms token$/m);
      expect(it.err).toMatch(/^\d\d:\d\d:\d\d GET \/vehicles 200 \d+ ms listVehicles$/m);
      expect(it.err).toMatch(/ GET \/nowhere 404 \d+ ms no such operation$/m);
      expect(it.err).toMatch(/^\d\d:\d\d:\d\d -> \S+\/hook 1 event 204$/m);
      expect(it.err).not.toContain(env["ENODE_CLIENT_SECRET"]);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("logs in colours where they are asked for", async () => {
    const it = new Run(["sandbox", "--port", "0"], { env: { FORCE_COLOR: "1" } });
    await fetch(`${(await it.ready())["ENODE_API_URL"]}/nowhere`);
    await it.says("/nowhere");
    expect(it.err).toContain("\u001b[33m404\u001b[39m");
    expect(it.out).not.toContain("\u001b");
  });

  it("logs in lines of JSON", async () => {
    const hook = `http://127.0.0.1:${await freePort()}/hook`;
    const it = new Run(["sandbox", "--port", "0", "--speed", "6000", "--json", "--webhook", hook]);
    await clientOf(await it.ready()).vehicles.list();
    await it.says('"listVehicles"', '"delivery"', '"notice"');
    const lines = it.err.split("\n").slice(0, -1);
    const entries = lines.map((line): Record<string, unknown> => JSON.parse(line));
    expect(entries).toContainEqual(
      expect.objectContaining({ type: "request", path: "/vehicles", status: 200 }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({ type: "delivery", url: hook, events: 1, status: null }),
    );
    expect(entries).toContainEqual(
      expect.objectContaining({ type: "notice", message: expect.stringContaining(hook) }),
    );
  });

  it("writes the variables into a file, in which other lines stay", async () => {
    const folder = await mkdtemp(join(tmpdir(), "enode-cli-"));
    const file = join(folder, ".env.local");
    try {
      await writeFile(file, "# mine\nDATABASE_URL=x\nexport ENODE_CLIENT_ID=old\n");
      const it = new Run(["sandbox", "--port", "0", "--write-env", file]);
      const env = await it.ready();
      const text = await readFile(file, "utf8");
      expect(text).toMatch(
        /^# mine\nDATABASE_URL=x\nexport ENODE_CLIENT_ID=[\w-]+\nENODE_API_URL=/,
      );
      const { DATABASE_URL, ...written } = variablesIn(text.replace("export ", ""));
      expect(written).toEqual(env);

      const fresh = join(folder, ".env");
      await new Run(["sandbox", "--port", "0", "--write-env", fresh]).ready();
      expect((await stat(fresh)).mode & 0o777).toBe(0o600);

      const { code, out, err } = await run(["sandbox", "--port", "0", "--write-env", folder]);
      expect([code, out]).toEqual([1, ""]);
      expect(err).toContain(`enode-sdk: --write-env ${folder} cannot be written`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.runIf(process.platform === "linux")("opens its page, or says that it cannot", async () => {
    const folder = await mkdtemp(join(tmpdir(), "enode-cli-"));
    try {
      await writeFile(join(folder, "xdg-open"), `#!/bin/sh\necho "$1" > ${folder}/opened\n`, {
        mode: 0o755,
      });
      const env = { PATH: `${folder}:${process.env["PATH"]}` };
      const { ENODE_API_URL: url } = await new Run(["sandbox", "--port", "0", "--open"], {
        env,
      }).ready();
      let text = "";
      while (text === "") {
        await new Promise((resolve) => setTimeout(resolve, 20));
        text = await readFile(join(folder, "opened"), "utf8").catch(() => "");
      }
      expect(text).toBe(`${url}/\n`);

      const without = new Run(["sandbox", "--port", "0", "--open"], {
        env: { PATH: `${folder}/no` },
      });
      await without.says("enode-sdk: No browser could be opened; the page is http://127.0.0.1:");
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("refuses links beyond its limit of connections", async () => {
    const args = ["sandbox", "--port", "0", "--fleet", "2", "--connection-limit", "2"];
    const enode = clientOf(await new Run(args).ready());
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
    const names = "near-duplicates,vendor-outage";
    const args = ["sandbox", "--port", "0", "--fleet", "1", "--scenarios", names];
    const enode = clientOf(await new Run(args).ready());
    const [vehicle] = (await enode.vehicles.list()).data;
    const before = await enode.vehicles.get(vehicle?.id ?? "");
    await enode.vehicles.refresh(before.id);
    // In an outage no newer data come, also when they are asked for.
    expect(await enode.vehicles.get(before.id)).toEqual(before);
  });
});
