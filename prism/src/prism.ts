import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PRISM = at("../node_modules/@stoplight/prism-cli/dist/index.js");
const DESCRIPTION = at("../../openapi/enode-2024-10-01.yaml");
const TIMEOUT = 60_000;

/** Prism between a client and an API, which holds both to the OpenAPI file. */
export class Prism {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #lines: string[];
  #marks = 0;

  private constructor(url: string, child: ChildProcess, lines: string[]) {
    this.url = url;
    this.#child = child;
    this.#lines = lines;
  }

  /** Starts it on a free port of 127.0.0.1; answers that break the description become errors. */
  static async start(upstream: string): Promise<Prism> {
    const options = ["--errors", "--host", "127.0.0.1", "--port", "0"];
    const child = spawn(process.execPath, [PRISM, "proxy", DESCRIPTION, upstream, ...options], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const lines: string[] = [];
    const listening = new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        lines.push(...stripVTControlCharacters(String(chunk)).split("\n"));
        const [, url] = /Prism is listening on (http:\S+)/.exec(lines.join("\n")) ?? [];
        if (url !== undefined) resolve(url);
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`Prism has ended: ${lines.join("\n")}`)));
      AbortSignal.timeout(TIMEOUT).addEventListener("abort", () =>
        reject(new Error("Prism did not start in time")),
      );
    });
    try {
      return new Prism(await listening, child, lines);
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  /** What Prism had to say against requests and answers since the last call. */
  async takeViolations(): Promise<string[]> {
    // What it writes comes some time after its answers: of all until now when this path, which is not described, is
    // written about.
    this.#marks += 1;
    const mark = `/no-such-path/${this.#marks} `;
    await fetch(this.url + mark.trim());
    const isWritten = () => this.#lines.some((line) => line.includes(mark) && /error/.test(line));
    const signal = AbortSignal.timeout(TIMEOUT);
    while (!isWritten()) await setTimeout(10, undefined, { signal });
    return this.#lines
      .splice(0)
      .filter((line) => /✖|⚠|error|warn/i.test(line) && !line.includes(mark));
  }

  /** Ends it, and waits until it has ended. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
