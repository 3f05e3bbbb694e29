import { type ChildProcess, fork as forkProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a child process sends back. */
export type Message<T> = { reply: T } | { failure: string };

/** A million events take minutes to be kept. */
const longestAnswer = 900_000;

/** A child process that does one thing at a time, on demand. */
export class Fork {
  readonly #child: ChildProcess;
  /** What the child said when it was ready. */
  readonly greeting: string;

  private constructor(child: ChildProcess, greeting: string) {
    this.#child = child;
    this.greeting = greeting;
  }

  /** Starts a module of this folder, with options of Node, and waits until it is ready. */
  static async start(
    module: string,
    args: readonly string[],
    options: readonly string[] = [],
  ): Promise<Fork> {
    const child = forkProcess(fileURLToPath(new URL(module, import.meta.url)), args, {
      execArgv: ["--expose-gc", ...options],
    });
    return new Fork(child, await nextMessage<string>(child));
  }

  /** Sends a command and waits for what comes of it. */
  ask<T>(command: object): Promise<T> {
    const reply = nextMessage<T>(this.#child);
    this.#child.send(command);
    return reply;
  }

  stop(): void {
    this.#child.kill();
  }
}

function nextMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      child.off("message", onMessage);
      child.off("exit", onExit);
    };
    const onMessage = (message: unknown) => {
      end();
      const answer = message as Message<T>;
      if ("reply" in answer) resolve(answer.reply);
      else reject(new Error(answer.failure));
    };
    const onExit = (code: number | null) => {
      end();
      reject(new Error(`a child process ended with ${code}`));
    };
    const timer = setTimeout(() => {
      end();
      child.kill();
      reject(new Error(`a child process did not answer within ${longestAnswer} ms`));
    }, longestAnswer);
    child.on("message", onMessage);
    child.on("exit", onExit);
  });
}
