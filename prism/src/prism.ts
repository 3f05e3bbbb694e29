import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PRISM = at("../node_modules/@stoplight/prism-cli/dist/index.js");
const DESCRIPTION = at("../../openapi/enode-2024-10-01.yaml");
const START_TIMEOUT = 60_000;

/** Prism between a client and an API, which holds both to the OpenAPI file. */
export class Prism {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #lines: string[];

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
      setTimeout(() => reject(new Error("Prism did not start in time")), START_TIMEOUT).unref();
    });
    try {
      return new Prism(await listening, child, lines);
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  /** What Prism had to say against requests and answers since the last call. */
  takeViolations(): string[] {
    const lines = this.#lines.splice(0);
    return lines.filter((line) => /violation|did not pass|not match|error|warn/i.test(line));
  }

  /** Ends it, and waits until it has ended. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}
