import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operations } from "../../generated/operations.ts";
import { type SandboxServer, startSandbox } from "../../src/sandbox/index.ts";
import { Run, run } from "./support/run.ts";

let sandbox: SandboxServer;
beforeAll(async () => {
  sandbox = await startSandbox({ seed: 1, fleet: { users: 1, vehiclesPerUser: 3 } });
});
afterAll(() => sandbox.close());

const request = (...args: string[]) => run(["request", ...args], { env: sandbox.env });

describe("enode-sdk request", () => {
  it("prints the result of an operation as JSON, which another program can read", async () => {
    const { code, out, err } = await request("listVehicles", "--query", "pageSize=2");
    expect([code, err]).toEqual([0, ""]);
    const { data } = JSON.parse(out);
    expect(data).toHaveLength(2);
    const one = await request("getVehicle", "--path", `vehicleId=${data[0].id}`);
    expect(JSON.parse(one.out).id).toBe(data[0].id);
  });

  it("sends a body from the command line, a file and stdin; prints nothing for an empty answer", async () => {
    const folder = await mkdtemp(join(tmpdir(), "enode-cli-"));
    try {
      const file = join(folder, "body.json");
      const body = JSON.stringify({
        name: "Home",
        latitude: 59.9,
        longitude: 10.7,
        timezoneName: "Europe/Oslo",
      });
      await writeFile(file, body);
      const user = sandbox.devices.list()[0]?.userId;
      const args = ["createLocation", "--path", `userId=${user}`, "--body"];
      const piped = new Run(["request", ...args, "@-"], { env: sandbox.env });
      piped.child.stdin?.end(body);
      expect([await piped.ended, piped.err]).toEqual([0, ""]);
      const made = [await request(...args, body), await request(...args, `@${file}`), piped];
      const locations = made.map(({ out }) => JSON.parse(out));
      expect(locations).toMatchObject([{ name: "Home" }, { name: "Home" }, { name: "Home" }]);
      expect(await request("deleteUser", "--path", `userId=${user}`)).toEqual({
        code: 0,
        out: "",
        err: "",
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("reports the problem that Enode answered with on stderr", async () => {
    const id = "11111111-2222-4333-8444-555555555555";
    const { code, out, err } = await request("getVehicle", "--path", `vehicleId=${id}`);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(/^enode-sdk: .*getVehicle.*404/);
    expect(JSON.parse(err.slice(err.indexOf("{"), err.lastIndexOf("}") + 1))).toMatchObject({
      title: expect.any(String),
      detail: expect.any(String),
    });
  });

  it("fails in a line without credentials, or with wrong ones, which are not shown", async () => {
    const none = await run(["request", "listVehicles"]);
    expect(none).toEqual({
      code: 1,
      out: "",
      err: expect.stringMatching(/^enode-sdk: .*ENODE_ENVIRONMENT.*\n$/),
    });
    const env = { ...sandbox.env, ENODE_CLIENT_SECRET: "wrong-wrong-wrong" };
    const wrong = await run(["request", "listVehicles"], { env });
    expect([wrong.code, wrong.out]).toEqual([1, ""]);
    expect(wrong.err).toMatch(/^enode-sdk: .+\n$/);
    expect(wrong.err).not.toContain("wrong-wrong");
  });

  it("lists the operations", async () => {
    const { code, out } = await run(["request", "--list"]);
    expect(code).toBe(0);
    const lines = out.trimEnd().split("\n");
    expect(lines.map((line) => line.split(" ")[0])).toEqual(Object.keys(operations));
    expect(out).toMatch(/^getVehicle +GET +\/vehicles\/\{vehicleId\}$/m);
  });

  it.each([
    [[], "Which operation? enode-sdk request --list shows them all"],
    [["listVehicle"], 'There is no operation "listVehicle"; did you mean listVehicles?'],
    [["qqqqqqqqqqqqqq"], "enode-sdk request --list shows them all"],
    [["getVehicle"], "/vehicles/{vehicleId} needs --path vehicleId=<value>"],
    [["getVehicle", "--path", "vehiceId=1"], "did you mean vehicleId?"],
    [["getVehicle", "--path", "vehicleId=1", "--path", "vehicleId=2"], "vehicleId is given twice"],
    [["getVehicle", "--path", "vehicleId"], "--path must be of the form name=value"],
    [["listVehicles", "--query", "pagesize=1"], "did you mean pageSize?"],
    [["listVehicles", "--body", "{}"], "listVehicles takes no --body"],
    [["createWebhook", "--body", "{"], "--body is no JSON: "],
    [["createWebhook", "--body", "@/no/file"], "--body @/no/file cannot be read: "],
    [["createWebhook", "--data", "{}"], "did you mean --body?"],
  ])("refuses %j", async (args, message) => {
    const { code, out, err } = await run(["request", ...args]);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });
});
