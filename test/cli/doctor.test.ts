import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Enode } from "../../src/index.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { sqliteStorage } from "../../src/storage/sqlite/index.ts";
import { startHandler } from "./support/handler.ts";
import { run } from "./support/run.ts";

let sandbox: SandboxServer;
let folder: string;
beforeAll(async () => {
  sandbox = await startSandbox({ seed: 1, webhookRetryWindow: 0, heartbeatInterval: 50 });
  folder = await mkdtemp(join(tmpdir(), "enode-cli-"));
});
afterAll(async () => {
  await sandbox.close();
  await rm(folder, { recursive: true });
});

/** The client of the sandbox. */
function client(): Enode {
  const { ENODE_API_URL, ENODE_TOKEN_URL } = sandbox.env;
  return new Enode({
    ...sandbox.credentials,
    environment: "sandbox",
    baseUrl: ENODE_API_URL,
    tokenUrl: ENODE_TOKEN_URL,
  });
}

describe("enode-sdk doctor", () => {
  it("finds nothing wrong where all is well, and shows no secret", async () => {
    const { url } = await startHandler();
    const enode = client();
    const secret = "a-secret-of-webhooks";
    const { id } = await enode.webhooks.create({ url: `${url}?key=hush`, secret, events: ["*"] });
    const env = { ...sandbox.env, ENODE_WEBHOOK_SECRET: secret };
    const { code, out, err } = await run(["doctor"], { env });
    await enode.webhooks.delete(id);
    expect([code, err]).toEqual([0, ""]);
    const lines = out.trimEnd().split("\n");
    expect(lines[0]).toMatch(/^ok {3}runtime: enode-sdk \S+ on node v\d+/);
    expect(lines.slice(1)).toEqual([
      "ok   ENODE_CLIENT_ID: is set",
      "ok   ENODE_CLIENT_SECRET: is set",
      "ok   ENODE_ENVIRONMENT: sandbox",
      "ok   ENODE_WEBHOOK_SECRET: is set",
      "ok   token: Enode gives out an access token and takes it",
      "ok   clock: agrees with Enode's",
      expect.stringMatching(new RegExp(`^ok {3}webhook ${url}: is active, last success \\d{4}-`)),
    ]);
    for (const hidden of [secret, "hush", sandbox.credentials.clientSecret]) {
      expect(out).not.toContain(hidden);
    }
  });

  it("says what to do about missing and wrong variables, and asks Enode nothing then", async () => {
    const env = {
      ENODE_CLIENT_ID: " id ",
      ENODE_ENVIRONMENT: "staging",
      ENODE_WEBHOOK_SECRET: "x ",
    };
    const { code, out } = await run(["doctor"], { env });
    expect(code).toBe(1);
    expect(out.trimEnd().split("\n").slice(1)).toEqual([
      expect.stringMatching(/^warn ENODE_CLIENT_ID: has white space around it.*; remove it/),
      expect.stringMatching(/^fail ENODE_CLIENT_SECRET: is not set; copy it from/),
      expect.stringMatching(
        /^fail ENODE_ENVIRONMENT: is neither "production" nor "sandbox"; set it/,
      ),
      expect.stringMatching(/^fail ENODE_WEBHOOK_SECRET: has white space around it/),
    ]);
  });

  it("tells credentials that are refused from an address that is not reached", async () => {
    const wrong = await run(["doctor"], {
      env: { ...sandbox.env, ENODE_CLIENT_SECRET: "wrong-wrong-wrong" },
    });
    expect(wrong.code).toBe(1);
    expect(wrong.out).toMatch(
      /^fail token: .+; check that ID, secret and ENODE_ENVIRONMENT belong/m,
    );
    expect(wrong.out).not.toContain("wrong-wrong");
    const nowhere = { ENODE_API_URL: "http://127.0.0.1:1", ENODE_TOKEN_URL: "http://127.0.0.1:1" };
    const away = await run(["doctor"], { env: { ...sandbox.env, ...nowhere } });
    expect(away.code).toBe(1);
    expect(away.out).toMatch(
      /^fail connection: .+; check ENODE_API_URL and ENODE_TOKEN_URL, the network/m,
    );
  });

  it("finds an inactive webhook, and a clock that differs", async () => {
    const { url } = await startHandler((reply) => reply.writeHead(500).end());
    const enode = client();
    await enode.webhooks.create({ url, secret: "secret-secret", events: ["*"] });
    sandbox.clock.advance("1h");
    await sandbox.deliver();
    const { code, out } = await run(["doctor", "--json"], { env: sandbox.env });
    expect(code).toBe(1);
    const findings = out.trimEnd().split("\n");
    expect(findings.map((line): unknown => JSON.parse(line))).toEqual(
      expect.arrayContaining([
        {
          state: "fail",
          check: `webhook ${url}`,
          text: expect.stringContaining("is inactive"),
          todo: expect.stringContaining("enode.webhooks.ensure()"),
        },
        {
          state: "warn",
          check: "clock",
          text: expect.stringMatching(/^is 3[56]\d\d s behind Enode's$/),
          todo: expect.any(String),
        },
      ]),
    );
  });

  it("looks into a store", async () => {
    const path = join(folder, "enode.db");
    const missing = await run(["doctor", "--store", path], { env: sandbox.env });
    expect(missing.out).toMatch(/^fail store: There is no file .+; correct --store/m);
    const storage = sqliteStorage({ path });
    const about = { namespace: "mine", deliveryId: undefined, receivedAt: Date.now() - 3_600_000 };
    const events = [0, 1].map((index) => ({ index, lane: null, payload: "{}" }));
    await storage.eventStore.append({ ...about, digest: "a", events });
    const [event] = await storage.eventStore.claim(1, 60_000, "mine");
    if (event) await storage.eventStore.fail(event, "no");
    storage.close();
    const { out } = await run(["doctor", "--store", path, "--namespace", "mine"], {
      env: sandbox.env,
    });
    expect(out).toContain("ok   store: can be opened, and has its tables\n");
    expect(out).toMatch(
      /^warn waiting events: 1 of the namespace mine, the oldest for 60 minutes; /m,
    );
    expect(out).toMatch(/^warn dead letters: 1 of the namespace mine; enode-sdk events dead/m);
    const other = await run(["doctor", "--store", path], { env: sandbox.env });
    expect(other.out).toMatch(/^ok {3}dead letters: none of the namespace sandbox:/m);
  });

  it.each([
    [["--namespace", "x"], "--schema and --namespace need --store"],
    [["now"], '"now" is one argument too many'],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await run(["doctor", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });
});
