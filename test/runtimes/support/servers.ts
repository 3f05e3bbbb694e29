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

/** How an app of `examples/` is started, in the folder `example`. */
export interface ExampleApp {
  readonly command: string;
  readonly args: (port: string) => readonly string[];
  /** Begins the paths of its API. */
  readonly prefix: string;
  /** Where a user gets a link URL: by a form of the page, or at this path of the API. */
  readonly link: string;
}

/** Starts an app beside a sandbox of its own, and has users link a car, see it and charge it. */
export async function expectJourney(context: CellContext, app: ExampleApp): Promise<void> {
  await context.write({ "journey.mjs": await context.program("journey.mjs") });
  const port = String(await freePort());
  const url = `http://127.0.0.1:${port}`;
  const command = ["journey.mjs", url, app.prefix, app.link];
  const journey = context.start(process.execPath, command);
  const [env] = await journey.prints(/^\{.*\}$/m);
  const server = context.start(app.command, app.args(port), {
    cwd: "example",
    env: { ...JSON.parse(env), ENODE_WEBHOOK_SECRET: SECRET, APP_URL: url, PORT: port },
  });
  // What nothing prints is waited for until the app ends.
  const outcome = Promise.race([journey.prints(/^journey ok$/m), server.prints(/(?!)/)]);
  await outcome.catch((error: Error) => {
    throw new Error(`${error.message}\n${server.output()}`);
  });
  await server.stop("SIGTERM");
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
