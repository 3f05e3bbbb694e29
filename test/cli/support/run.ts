import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const CLI = fileURLToPath(new URL("../../../src/cli/index.ts", import.meta.url));

/** How a program is started. */
interface RunOptions {
  /** What its environment has besides PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** The file that stdout goes to; a pipe by default. */
  readonly out?: number;
  /** Whether it runs in a terminal, which `hasTerminals` allows; all its output is `out` then. */
  readonly inTerminal?: boolean;
}

/** A run of the command line as a process, and what it has said so far. */
export class Run {
  readonly child: ChildProcess;
  /** Resolves with the exit code when all output has come. */
  readonly ended: Promise<number | null>;
  out = "";
  err = "";

  constructor(args: readonly string[], { env = {}, out, inTerminal }: RunOptions = {}) {
    const { PATH = "", HOME = "" } = process.env;
    const line = [process.execPath, CLI, ...args];
    const [program = "", ...rest] = inTerminal === true ? terminalFor(line) : line;
    this.child = spawn(program, rest, {
      stdio: ["pipe", out ?? "pipe", "pipe"],
      env: { PATH, HOME, ...env },
    });
    // Not by afterEach(), which only the first file gets of those that share this module.
    onTestFinished(() => void this.child.kill("SIGKILL"));
    this.child.stdout?.on("data", (chunk) => {
      this.out += String(chunk);
    });
    this.child.stderr?.on("data", (chunk) => {
      this.err += String(chunk);
    });
    this.ended = new Promise((resolve) => {
      this.child.once("close", (code) => {
        resolve(code);
      });
    });
  }

  /** Waits until stdout or stderr holds these texts. */
  async says(...texts: string[]): Promise<void> {
    await this.#until(() => texts.every((text) => `${this.out}\n${this.err}`.includes(text)));
  }

  /** Waits for a sandbox to be ready; returns what it printed before, by name. */
  async ready(): Promise<Record<string, string>> {
    await this.#until(() => this.out.endsWith("\nready\n"));
    return variablesIn(this.out);
  }

  #until(isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (isSo()) resolve();
      };
      look();
      this.child.stdout?.on("data", look);
      this.child.stderr?.on("data", look);
      void this.ended.then(() => reject(new Error(`It ended:\n${this.out}\n${this.err}`)));
    });
  }
}

/** Whether this machine has a program that gives others a terminal; that of BSD and macOS takes other arguments. */
export const hasTerminals: boolean = (spawnSync("script", ["--version"]).stdout ?? "")
  .toString()
  .includes("util-linux");

function terminalFor(line: readonly string[]): string[] {
  const quoted = line.map((word) => `'${word.replaceAll("'", `'\\''`)}'`);
  return ["script", "--quiet", "--return", "--command", quoted.join(" "), "/dev/null"];
}

/** The variables in an environment file, by name. */
export function variablesIn(text: string): Record<string, string> {
  const pairs = text.split("\n").filter((line) => /^[A-Z_]+=/.test(line));
  return Object.fromEntries(pairs.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}

/** Runs a command to its end. */
export async function run(
  args: readonly string[],
  options: RunOptions = {},
): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> {
  const it = new Run(args, options);
  it.child.stdin?.end();
  const code = await it.ended;
  return { code, out: it.out, err: it.err };
}
