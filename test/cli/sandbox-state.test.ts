import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Run, run } from "./support/run.ts";

let folder = "";
let file = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "enode-cli-"));
  file = join(folder, "sandbox.json");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const start = (...more: string[]) => new Run(["sandbox", "--port", "0", "--state", file, ...more]);

/** Calls the API of a sandbox that runs. */
async function caller(started: Run) {
  const env = await started.ready();
  const { ENODE_CLIENT_ID: id, ENODE_CLIENT_SECRET: secret } = env;
  const answer = await fetch(env["ENODE_TOKEN_URL"] ?? "", {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${id}:${secret}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  const headers = { authorization: `Bearer ${access_token}`, "content-type": "application/json" };
  const call = async (method: string, path: string, body?: unknown) => {
    const text = body === undefined ? null : JSON.stringify(body);
    const response = await fetch(env["ENODE_API_URL"] + path, { method, headers, body: text });
    return (await response.json()) as { readonly data: readonly Record<string, unknown>[] };
  };
  return { env, call };
}

async function end(started: Run): Promise<number | null> {
  started.child.kill("SIGTERM");
  return started.ended;
}

describe("enode-sdk sandbox --state", () => {
  it("goes on where it has ended, and says what of its options it does not use", async () => {
    const first = start("--fleet", "2", "--seed", "5", "--quiet");
    const one = await caller(first);
    const home = { name: "Home", latitude: 60, longitude: 10, timezoneName: "Europe/Oslo" };
    await one.call("POST", "/users/user-1/locations", home);
    const paths = ["/users", "/vehicles", "/locations"];
    const before = await Promise.all(paths.map((path) => one.call("GET", path)));
    expect(await end(first)).toBe(0);
    expect(first.err).toBe("");

    const second = start("--fleet", "small", "--seed", "6", "--quiet");
    const other = await caller(second);
    expect(await Promise.all(paths.map((path) => other.call("GET", path)))).toEqual(before);
    expect(other.env["ENODE_CLIENT_SECRET"]).toBe(one.env["ENODE_CLIENT_SECRET"]);
    expect(second.err).toBe(
      `enode-sdk: --fleet small is not added to what ${file} holds. --reset begins again.\n` +
        `enode-sdk: --seed 6 is not used: ${file} was begun with 5. --reset begins again.\n`,
    );
    expect(await end(second)).toBe(0);
  });

  it("keeps the webhook of --webhook with its secret", async () => {
    const hook = ["--webhook", "http://127.0.0.1:1/hook", "--quiet"];
    const secretOf = async (...more: string[]) => {
      const started = start(...hook, ...more);
      const { env, call } = await caller(started);
      expect((await call("GET", "/webhooks")).data).toHaveLength(1);
      await end(started);
      return env["ENODE_WEBHOOK_SECRET"];
    };
    expect(await secretOf("--webhook-secret", "my-own-secret")).toBe("my-own-secret");
    expect(await secretOf()).toBe("my-own-secret");
    expect(await secretOf("--webhook-secret", "another-secret")).toBe("another-secret");
  });

  it("begins again with --reset, and keeps the old file", async () => {
    const first = start("--fleet", "2");
    await first.ready();
    await end(first);
    const old = await readFile(file, "utf8");
    const second = start("--fleet", "3", "--reset");
    const { call } = await caller(second);
    expect((await call("GET", "/vehicles")).data).toHaveLength(3);
    await end(second);
    expect(await readFile(`${file}.bak`, "utf8")).toBe(old);
    expect(await readdir(folder)).toEqual(["sandbox.json", "sandbox.json.bak"]);
    await rm(file);
    const third = start("--reset");
    await third.ready();
    expect(await readFile(`${file}.bak`, "utf8")).toBe(old);
    await end(third);
  });

  it("fails in a line with a file that is no state, which stays as it is", async () => {
    await writeFile(file, '{"format":"enode-sandbox-state","version":2}');
    expect(await run(["sandbox", "--port", "0", "--state", file])).toEqual({
      code: 1,
      out: "",
      err: `enode-sdk: The state file ${file} is of version 2, and this enode-sdk reads version 1 only. Give another file, or begin again with enode-sdk sandbox --state ${file} --reset, which keeps this one as ${file}.bak.\n`,
    });
    expect(await readFile(file, "utf8")).toBe('{"format":"enode-sandbox-state","version":2}');
  });

  it("fails in a line with a directory, also with --reset, or in one that does not exist", async () => {
    for (const reset of [[], ["--reset"]]) {
      expect(await run(["sandbox", "--port", "0", "--state", folder, ...reset])).toMatchObject({
        code: 1,
        err: expect.stringMatching(/^enode-sdk: .* cannot be read: it is a directory\. .*\n$/),
      });
      expect(await readdir(folder)).toEqual([]);
    }
    const lost = join(folder, "none", "sandbox.json");
    expect(await run(["sandbox", "--port", "0", "--state", lost])).toEqual({
      code: 1,
      out: "",
      err: `enode-sdk: The state file ${lost} cannot be written: its directory does not exist\n`,
    });
  });

  it("fails at its end when the file cannot be written then", async () => {
    const started = start();
    await started.ready();
    await rm(folder, { recursive: true });
    expect(await end(started)).toBe(1);
    expect(started.err).toBe(
      `enode-sdk: The state file ${file} cannot be written: its directory does not exist\n`,
    );
  });

  it.each([
    [["--state", ""], '--state must be a file, not ""'],
    [["--reset"], "--reset needs --state"],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await run(["sandbox", "--port", "0", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`enode-sdk: ${message}`);
  });
});
