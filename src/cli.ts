#!/usr/bin/env node
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { fleetNamed } from "./sandbox/fleet.ts";
import { type SandboxServer, type SandboxServerOptions, startSandbox } from "./sandbox/index.ts";

const USAGE = `enode-sdk sandbox: the Enode API on your own machine, with a page to play on

Usage: enode-sdk sandbox [options]

  --port <number>    port on 127.0.0.1 to listen on; any free one by default
  --seed <number>    makes IDs, tokens and batteries the same each time
  --speed <number>   how much faster than the wall clock the time passes; 1 by default
  --fleet <fleet>    users and devices to begin with: small, large or a number of vehicles;
                     none by default
  --webhook <url>    delivers all events to this URL, signed with a new secret
  --help             shows this

Prints the page's URL in a comment, then the environment variables that Enode.fromEnv() reads, then "ready".
Ctrl-C ends it.
`;

/** Bad input: told in a line, with no stack. */
class UsageError extends Error {}

interface Command {
  readonly options: SandboxServerOptions;
  readonly webhook: string | undefined;
}

/** The sandbox that the arguments ask for; undefined when they ask for help. */
function readCommand(args: string[]): Command | undefined {
  const { values, positionals } = parse(args);
  if (values.help === true) return undefined;
  const [command, ...more] = positionals;
  if (command === undefined) throw new UsageError("Which command? There is one: sandbox");
  if (command !== "sandbox") {
    throw new UsageError(`There is no command "${command}"; there is one: sandbox`);
  }
  if (more.length > 0) throw new UsageError(`"${more[0]}" is one argument too many`);
  const { port, seed, speed, fleet, webhook } = values;
  const isPort = (value: number) => Number.isInteger(value) && value <= 65_535;
  return {
    options: {
      ...(port !== undefined && {
        port: toNumber("--port", port, "a whole number from 0 to 65535", isPort),
      }),
      ...(seed !== undefined && {
        seed: toNumber("--seed", seed, "a whole number, 0 or more", Number.isSafeInteger),
      }),
      ...(speed !== undefined && {
        clock: { speed: toNumber("--speed", speed, "a number above 0", (value) => value > 0) },
      }),
      ...(fleet !== undefined && { fleet: toFleet(fleet) }),
    },
    webhook,
  };
}

function parse(args: string[]) {
  const text = { type: "string" } as const;
  const options = {
    port: text,
    seed: text,
    speed: text,
    fleet: text,
    webhook: text,
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    // Node explains after the first sentence how to pass what looks like an option.
    throw new UsageError(error instanceof Error ? error.message.split(". ")[0] : String(error));
  }
}

function toNumber(
  option: string,
  text: string,
  wanted: string,
  fits: (value: number) => boolean,
): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && fits(value)) return value;
  throw new UsageError(`${option} must be ${wanted}, not "${text}"`);
}

function toFleet(text: string) {
  try {
    return fleetNamed(text);
  } catch {
    throw new UsageError(`--fleet must be small, large or a number of vehicles, not "${text}"`);
  }
}

/** Subscribes a URL to all events, by the API as any program does; returns the secret. */
async function subscribe({ credentials, fetch }: SandboxServer, url: string): Promise<string> {
  const { clientId, clientSecret } = credentials;
  const answer = await fetch("http://127.0.0.1/oauth2/token", {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  const secret = randomBytes(32).toString("base64url");
  const created = await fetch("http://127.0.0.1/webhooks", {
    method: "POST",
    headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
    body: JSON.stringify({ url, secret, events: ["*"] }),
  });
  if (created.ok) return secret;
  const { detail } = (await created.json()) as { detail: string };
  throw new UsageError(`--webhook cannot be "${url}". ${detail}`);
}

async function main(args: string[]): Promise<void> {
  const command = readCommand(args);
  if (command === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  const server = await startSandbox(command.options);
  const end = () => void server.close();
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    const env: Record<string, string> = { ...server.env };
    if (command.webhook !== undefined) {
      env["ENODE_WEBHOOK_SECRET"] = await subscribe(server, command.webhook);
    }
    const lines = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    process.stdout.write([`# page: ${server.apiUrl}/`, ...lines, "ready", ""].join("\n"));
  } catch (error) {
    await server.close();
    throw error;
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UsageError ? "\nSee enode-sdk --help" : "";
  process.stderr.write(`enode-sdk: ${message}${hint}\n`);
  process.exitCode = 1;
});
