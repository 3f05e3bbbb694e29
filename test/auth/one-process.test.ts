import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { type Loopback, send, useLoopback } from "../support/loopback.ts";

const program = fileURLToPath(new URL("./support/one-token.ts", import.meta.url));
const start = useLoopback();
const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
});

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Starts the program; `end` resolves with what it has written when it has ended by itself. */
function run({ baseUrl, tokenUrl }: Loopback, calls: number, deadline: number, timeout: number) {
  const child = spawn(process.execPath, [
    program,
    baseUrl,
    tokenUrl,
    `${calls}`,
    `${deadline}`,
    `${timeout}`,
  ]);
  running.add(child);
  let written = "";
  child.stdout.on("data", (chunk) => {
    written += chunk;
  });
  return { child, end: once(child, "close").then(() => written) };
}

describe("a process whose calls have all given up", () => {
  it("asks for no further token and ends, though the token endpoint stays silent", async () => {
    const server = await start({ token: () => undefined });

    expect(await run(server, 3, 200, 2_000).end).toBe(Array(3).fill("deadline_exceeded").join());

    // Kept alive it would wait for an answer until the attempt ends, and ask again.
    expect(server.tokenRequests).toHaveLength(1);
  });
});

describe("a process that is frozen during an exchange, and thawed", () => {
  it("goes on with the same exchange for all its calls", async () => {
    let answer: ServerResponse | undefined;
    let notify = () => {};
    const asked = new Promise<void>((resolve) => {
      notify = resolve;
    });
    const server = await start({
      token: (_request, response) => {
        answer ??= response;
        notify();
      },
    });
    const { child, end } = run(server, 5, 60_000, 60_000);
    await asked;

    child.kill("SIGSTOP");
    // Several beats and checks, all of which are due when it wakes.
    await sleep(3_000);
    child.kill("SIGCONT");
    await sleep(2_000);
    if (answer) send(answer, 200, { access_token: "token-1", expires_in: 3600 });

    expect(await end).toBe(Array(5).fill("ok").join());
    expect(server.tokenRequests).toHaveLength(1);
  });
});
