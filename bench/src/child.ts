import type { Message } from "./fork.ts";

/** The child's side of `Fork`: says that it is ready, then does what it is asked. */
export function serve<Command>(run: (command: Command) => Promise<unknown>): void {
  const send = (message: Message<unknown>) => process.send?.(message);
  process.on("message", (command) => {
    run(command as Command).then(
      (reply) => send({ reply }),
      (error: unknown) => send({ failure: error instanceof Error ? `${error.stack}` : `${error}` }),
    );
  });
  process.on("disconnect", () => process.exit());
  send({ reply: "ready" });
}

/** Runs `work` so many times, so many of them at a time. */
export async function repeat(
  times: number,
  concurrency: number,
  work: () => Promise<void>,
): Promise<void> {
  let left = times;
  const lane = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
