import { describe, expect, it } from "vitest";
import { sdkVersion } from "../../generated/version.ts";
import { Run, run } from "./support/run.ts";

describe("enode-sdk", () => {
  it.each([[["--version"]], [["-v"]], [["sandbox", "--version"]]])(
    "shows its version: %j",
    async (args) => {
      expect(await run(args)).toEqual({ code: 0, out: `${sdkVersion}\n`, err: "" });
    },
  );

  it.each([[[]], [["--help"]], [["-h"]], [["help"]]])("lists its commands: %j", async (args) => {
    const { code, out, err } = await run(args);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("Usage: enode-sdk <command> [options]\n");
    expect(out).toMatch(/^ {2}sandbox +\S/m);
    expect(out).toContain("Exit codes: 0 for success, 1 for a failure, 2 for a mistake");
  });

  it.each([
    [["sandbox", "--help"]],
    [["help", "sandbox"]],
    [["--help", "sandbox"]],
    [["sandbox", "-h"]],
  ])("shows the help of a command with an example: %j", async (args) => {
    const { code, out, err } = await run(args);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toContain("Usage: enode-sdk sandbox [options]\n");
    expect(out).toContain("  $ enode-sdk sandbox --fleet small --open\n");
  });

  it.each([
    [["sandbx"], 'There is no command "sandbx"; did you mean sandbox?', ""],
    [["server-of-mine"], 'There is no command "server-of-mine"; there are sandbox, ', ""],
    [["help", "nope-nope"], 'There is no command "nope-nope"', ""],
    [["--nope"], "Unknown option '--nope'", ""],
    [["--versoin"], "Unknown option '--versoin'; did you mean --version?", ""],
    [
      ["sandbox", "--fleat", "small"],
      "Unknown option '--fleat'; did you mean --fleet?",
      "sandbox ",
    ],
    [["sandbox", "--env=x"], "Unknown option '--env'; did you mean --write-env?", "sandbox "],
  ])("refuses %j with what was meant, and points to the help", async (args, message, command) => {
    const { code, out, err } = await run(args);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(`enode-sdk: ${message}`);
    expect(err).toMatch(new RegExp(`\nSee enode-sdk ${command}--help\n$`));
  });

  it("goes on when nobody reads its output any more", async () => {
    const it = new Run(["help"]);
    it.child.stdout?.destroy();
    expect(await it.ended).toBe(0);
    expect(it.err).toBe("");
  });
});
