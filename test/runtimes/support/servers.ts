import { createServer } from "node:http";
import { expectEqual } from "./cell.ts";
import type { Background, CellContext } from "./context.ts";

export const SECRET = "a-secret-of-the-matrix";

/** A port of 127.0.0.1 on which nobody listens now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** A sandbox in a process of its own. */
export interface FakeEnode {
  readonly env: Readonly<Record<string, string>>;
  /** Makes all access tokens worthless. */
  revoke(): Promise<void>;
  /** How many tokens were issued. */
  issued(): Promise<number>;
}

export async function startEnode(context: CellContext): Promise<FakeEnode> {
  await context.write({ "enode.mjs": await context.program("enode.mjs") });
  const program = context.start(process.execPath, ["enode.mjs"]);
  const [line] = await program.prints(/^\{.*\}$/m);
  const { env, control } = JSON.parse(line) as { env: Record<string, string>; control: string };
  return {
    env,
    async revoke() {
      await fetch(control, { method: "POST" });
    },
    async issued() {
      return Number(await (await fetch(control)).text());
    },
  };
}

/** Delivers a good webhook and a forged one to a URL: the answers have to be 200 and 401. */
export async function expectReceiver(context: CellContext, url: string): Promise<void> {
  await context.write({ "deliver.mjs": await context.program("deliver.mjs") });
  const output = await context.node(["deliver.mjs", url, SECRET]);
  expectEqual(JSON.parse(output), [200, 401], `answers of ${url}`);
}

/** Waits until something answers at a URL. */
export async function answers(url: string, server: Background): Promise<void> {
  while (!server.isOver()) {
    try {
      await fetch(url, { signal: AbortSignal.timeout(5_000) });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  throw new Error(`The server has ended:\n${server.output()}`);
}
