import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { send, useLoopback } from "../support/loopback.ts";

const start = useLoopback();
const program = fileURLToPath(new URL("../support/programs/one-call.ts", import.meta.url));
/** Only reached by a process that does not end by itself. */
const patience = 60_000;

it(
  "lets the process end right after the last call, though the server keeps connections open",
  async () => {
    const { baseUrl, tokenUrl, connections } = await start({
      api: ({ url }, response) =>
        url.endsWith("fine") ? send(response, 200, { id: "fine" }) : send(response, 404, {}),
    });

    const { error, stdout } = await new Promise<{ error: unknown; stdout: string }>((resolve) => {
      execFile(
        process.execPath,
        [program, baseUrl, tokenUrl],
        { timeout: patience },
        (error, stdout) => resolve({ error, stdout }),
      );
    });

    expect(error).toBeNull();
    expect(stdout).toBe("not_found");
    expect(connections()).toBeGreaterThan(0);
  },
  patience + 10_000,
);
