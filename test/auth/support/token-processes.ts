import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ChildMessage, ChildOptions, ParentMessage } from "./token-protocol.ts";

const program = fileURLToPath(new URL("./token-child.ts", import.meta.url));

/** A process with a client, and all messages that it has sent. */
export class TokenProcess {
  readonly #process: ChildProcess;
  readonly #told: ChildMessage[] = [];
  #notify: () => void = () => undefined;

  constructor(options: ChildOptions) {
    this.#process = fork(program, [JSON.stringify(options)], { execArgv: [] });
    this.#process.on("message", (message: ChildMessage) => {
      this.#told.push(message);
      this.#notify();
    });
    this.#process.on("exit", () => this.#notify());
  }

  get failures(): string[] {
    return this.#told.flatMap(({ failed }) => failed ?? []);
  }

  get refreshes(): NonNullable<ChildMessage["refreshed"]>[] {
    return this.#told.flatMap(({ refreshed }) => refreshed ?? []);
  }

  send(message: ParentMessage): void {
    this.#process.send(message);
  }

  /** Waits until it has sent so many messages with this member. */
  async told(member: keyof ChildMessage, times = 1): Promise<void> {
    while (this.#told.filter((message) => member in message).length < times) {
      if (this.#isOver) throw new Error(`it ended: ${this.failures.join(", ")}`);
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
  }

  async kill(): Promise<void> {
    if (this.#isOver) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  get #isOver(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }
}
