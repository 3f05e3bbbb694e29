import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { verifyWebhook } from "../../src/webhooks/index.ts";
import { startHandler } from "./support/handler.ts";
import { hasTerminals, Run, run } from "./support/run.ts";

// The seed of the command line: its credentials are known without the environment.
let sandbox: SandboxServer;
beforeAll(async () => {
  sandbox = await startSandbox({ seed: 0, heartbeatInterval: 3_600_000 });
});
afterAll(() => sandbox.close());

const webhooks = async () => {
  const { data } = JSON.parse(
    (await run(["request", "listWebhooks"], { env: sandbox.env })).out,
  ) as { data: { id: string }[] };
  return data;
};

describe("enode-sdk listen", () => {
  it("forwards deliveries as they were signed, sends one again, and ends its subscription", async () => {
    const { url, received } = await startHandler();
    const secret = "a-secret-of-webhooks";
    const it = new Run([
      "listen",
      "--forward-to",
      url,
      "--sandbox",
      sandbox.apiUrl,
      "--secret",
      secret,
    ]);
    await it.says(`Forwarding to ${url}: r sends the last delivery once more, q ends.`);
    it.child.stdin?.write("r\n");
    await it.says("enode-sdk: There was no delivery yet.");
    const [webhook] = await webhooks();
    sandbox.clock.advance("1h");
    await sandbox.deliver();
    await it.says("system:heartbeat -> 204");
    it.child.stdin?.write("r\n");
    await it.says("system:heartbeat (sent again) -> 204");
    expect(it.out).toMatch(/^\d\d:\d\d:\d\d system:heartbeat -> 204$/m);
    expect(received.length).toBeGreaterThanOrEqual(2);
    for (const delivery of received) {
      const { events } = await verifyWebhook(delivery, { secret });
      expect(events).toMatchObject([{ event: "system:heartbeat" }]);
    }
    expect(received.at(-1)?.body).toBe(received.at(-2)?.body);
    expect(webhook).toBeDefined();
    it.child.kill("SIGINT");
    expect(await it.ended).toBe(0);
    expect(await webhooks()).toEqual([]);
    expect(it.out + it.err).not.toContain(secret);
  });

  it("gives the sandbox the handler's refusal, and says when nobody answers", async () => {
    const { url } = await startHandler((reply) => reply.writeHead(503).end());
    const refused = new Run(["listen", "--forward-to", url], { env: sandbox.env });
    await refused.says("Forwarding to");
    sandbox.clock.advance("1h");
    await refused.says("system:heartbeat -> 503");
    while (sandbox.deliveries.list().at(-1)?.status !== 503) await sandbox.deliver();
    refused.child.stdin?.write("q");
    expect(await refused.ended).toBe(0);

    const nobody = new Run(["listen", "--forward-to", "http://127.0.0.1:1/"], { env: sandbox.env });
    await nobody.says("Forwarding to");
    sandbox.clock.advance("1h");
    await nobody.says("-> no answer", "http://127.0.0.1:1/ could not be reached");
    nobody.child.kill("SIGTERM");
    expect(await nobody.ended).toBe(0);
  });

  // Needs the script of util-linux.
  it.skipIf(!hasTerminals)("obeys single keys in a terminal", async () => {
    const { url, received } = await startHandler();
    const it = new Run(["listen", "--forward-to", url], { env: sandbox.env, inTerminal: true });
    await it.says("r sends the last delivery once more");
    sandbox.clock.advance("1h");
    await it.says("-> 204");
    it.child.stdin?.write("r");
    await it.says("(sent again)");
    expect(received.at(-1)?.body).toBe(received.at(-2)?.body);
    // Ctrl-C, as a key.
    it.child.stdin?.write("\u0003");
    expect(await it.ended).toBe(0);
    expect(await webhooks()).toEqual([]);
  });

  it("fails in a line when there is no sandbox", async () => {
    const { code, out, err } = await run([
      "listen",
      "--forward-to",
      "http://127.0.0.1:1/",
      "--sandbox",
      "http://127.0.0.1:1",
    ]);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^enode-sdk: .+\n$/);
  });

  it.each([
    [[], "Where to? --forward-to must be the handler's URL"],
    [["--to", "x"], "did you mean --forward-to?"],
    [["--forward-to", "x"], "--forward-to must be a URL such as"],
    [
      ["--forward-to", "http://127.0.0.1:1/", "--sandbox", "https://enode-api.example.com"],
      "--sandbox must be on this machine, not on enode-api.example.com",
    ],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await run(["listen", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });
});
