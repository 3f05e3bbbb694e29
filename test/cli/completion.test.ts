import { spawnSync } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventExamples } from "../../generated/event-examples.ts";
import { operations } from "../../generated/operations.ts";
import { run } from "./support/run.ts";

const CLI = fileURLToPath(new URL("../../src/cli/index.ts", import.meta.url));

async function wordsFor(line: string): Promise<string[]> {
  const { code, out, err } = await run(["completion", "--line", line]);
  expect([code, err]).toEqual([0, ""]);
  return out.split("\n").slice(0, -1);
}

describe("enode-sdk completion", () => {
  it.each([
    ["enode-sdk ", ["sandbox", "request", "help"]],
    ["enode-sdk help tr", ["trigger"]],
    ["enode-sdk sandbox --fl", ["--fleet"]],
    ["enode-sdk sandbox --fleet ", ["small", "large"]],
    ["enode-sdk sandbox --scenarios ", ["parked-car-flickers"]],
    ["enode-sdk events ", ["counts", "dead", "revive"]],
    ["enode-sdk request getVehicle --path ", ["vehicleId="]],
    ["enode-sdk request listVehicles --query pa", ["pageSize="]],
    ["enode-sdk trigger user:vehicle:upd", ["user:vehicle:updated"]],
    ["enode-sdk completion z", ["zsh"]],
  ])("completes %j", async (line, expected) => {
    expect(await wordsFor(line)).toEqual(expect.arrayContaining(expected));
  });

  it("knows every operation and every event", async () => {
    expect(await wordsFor("enode-sdk request ")).toEqual(
      expect.arrayContaining(Object.keys(operations)),
    );
    expect(await wordsFor("enode-sdk trigger ")).toEqual(
      expect.arrayContaining(Object.keys(eventExamples)),
    );
  });

  it.each([
    "enode-sdk nothing-of-mine ",
    "enode-sdk trigger --to ",
    "enode-sdk request --body ",
    "enode-sdk help sandbox ",
    "enode-sdk sandbox __proto__",
  ])("has nothing for %j", async (line) => {
    expect(await wordsFor(line)).toEqual([]);
  });

  it("refuses other shells", async () => {
    const { code, err } = await run(["completion", "powershell"]);
    expect(code).toBe(2);
    expect(err).toContain("there are bash, zsh, fish");
  });

  describe("in bash", () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "enode-completion-"));
      const program = join(folder, "enode-sdk");
      await writeFile(program, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
      await chmod(program, 0o755);
    });
    afterAll(() => rm(folder, { recursive: true }));

    // Bash replaces only what follows the last colon or equals sign.
    it.each([
      ["enode-sdk sand", ["sandbox"]],
      ["enode-sdk trigger user:vehicle:upd", ["updated"]],
      ["enode-sdk request getVehicle --path vehicleI", ["vehicleId="]],
    ])("completes %j", (line, expected) => {
      const script = `eval "$(enode-sdk completion bash)"
COMP_LINE="$1" COMP_POINT=\${#1}
_enode_sdk
printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout, stderr } = spawnSync("bash", ["-c", script, "bash", line], {
        env: { ...process.env, PATH: `${folder}:${process.env["PATH"]}` },
        encoding: "utf8",
      });
      expect([stdout.trimEnd().split("\n"), stderr]).toEqual([expected, ""]);
    });
  });
});
