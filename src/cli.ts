#!/usr/bin/env node
import { randomBytes } from "node:crypto";
import { fstatSync } from "node:fs";
import { parseArgs } from "node:util";
import { sdkVersion } from "../generated/version.ts";
import { serveSandbox } from "./sandbox/host/server.ts";
import type { SandboxServer, SandboxServerOptions } from "./sandbox/index.ts";
import type { ScenarioName } from "./sandbox/simulation/scenarios/scenario.ts";
import { scenarioNames } from "./sandbox/simulation/scenarios/scenario-runner.ts";
import { fleetNamed } from "./sandbox/simulation/world/fleet.ts";
import type { WebhookRegistry } from "./sandbox/webhooks/webhook-registry.ts";

const USAGE = `enode-sdk sandbox: the Enode API on your own machine, with a control page

Usage: enode-sdk sandbox [options]

  --port <number>    port to listen on; any free one by default
  --host <address>   address to listen on; 127.0.0.1 by default. 0.0.0.0 lets other machines and
                     containers in, whoever they are
  --seed <number>    makes IDs, tokens and batteries the same each time
  --speed <number>   how much faster than the wall clock the time passes; 1 by default
  --fleet <fleet>    users and devices to begin with: small, large or a number of vehicles;
                     none by default
  --connection-limit <number>
                     how many devices may be linked: more are refused as Enode refuses them, with 403
  --scenarios <names>
                     what devices and vendors do in the field, separated by commas, such as
                     parked-car-flickers,vendor-outage
  --webhook <url>    delivers all events to this URL, signed with a new secret
  --help             shows this help, as "enode-sdk help" does
  --version          shows the version of this package

Prints the page's URL in a comment, then the environment variables that Enode.fromEnv() reads, then "ready", which is
left out of a file: node --env-file and source read it as it is. Ctrl-C ends it.
`;

const LOOPBACK = "127.0.0.1";
const LOCAL_HOSTS: ReadonlySet<string> = new Set([LOOPBACK, "localhost", "::1"]);

/** Invalid input: reported in one line, without a stack. */
class UsageError extends Error {}

interface Command {
  readonly options: SandboxServerOptions;
  readonly host: string;
  readonly webhook: string | undefined;
}

/** The command in the arguments, or the text to print. */
function readCommand(args: string[]): Command | string {
  const { values, positionals } = parse(args);
  const [command, ...more] = positionals;
  if (values.help === true || command === "help") return USAGE;
  if (values.version === true) return `${sdkVersion}\n`;
  if (command === undefined) throw new UsageError("Which command? There is one: sandbox");
  if (command !== "sandbox") {
    throw new UsageError(`There is no command "${command}"; there is one: sandbox`);
  }
  if (more.length > 0) throw new UsageError(`"${more[0]}" is one argument too many`);
  const { port, host = LOOPBACK, seed, speed, fleet, scenarios, webhook } = values;
  const connectionLimit = values["connection-limit"];
  if (host === "") throw new UsageError('--host must be an address, such as 0.0.0.0, not ""');
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
      ...(scenarios !== undefined && { scenarios: toScenarios(scenarios) }),
      ...(connectionLimit !== undefined && {
        connectionLimit: toNumber(
          "--connection-limit",
          connectionLimit,
          "a whole number, 0 or more",
          Number.isSafeInteger,
        ),
      }),
    },
    host,
    webhook,
  };
}

function parse(args: string[]) {
  const text = { type: "string" } as const;
  const options = {
    port: text,
    host: text,
    seed: text,
    speed: text,
    fleet: text,
    "connection-limit": text,
    scenarios: text,
    webhook: text,
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "v" },
  } as const;
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    // After the first sentence Node explains how to pass arguments that begin with a dash.
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

function toScenarios(text: string): ScenarioName[] {
  const names: readonly string[] = scenarioNames;
  return text.split(",").map((name) => {
    if (names.includes(name)) return name as ScenarioName;
    throw new UsageError(`--scenarios must be some of ${names.join(", ")}, not "${name}"`);
  });
}

/** Subscribes a URL to all events through the API; returns the secret. */
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

function isUnknownHost(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN";
}

/**
 * Reports on stderr when a webhook stops accepting deliveries, and when it accepts them again. That of `--webhook`
 * is activated again each time: its program may be started at any time.
 */
function watchDeliveries(webhooks: WebhookRegistry, kept: string | undefined): void {
  const failing = new Set<string>();
  const inactive = new Set<string>();
  webhooks.observer = {
    failed({ id, url }, reason) {
      if (failing.has(id)) return;
      failing.add(id);
      warn(`${url} took no delivery: it ${reason}. Events wait for 5 minutes of sandbox time.`);
    },
    succeeded({ id, url }) {
      inactive.delete(id);
      if (failing.delete(id)) warn(`${url} takes deliveries again.`);
    },
    inactive(webhook) {
      const { id, url } = webhook;
      const isKept = url === kept;
      if (isKept) webhooks.update(webhook, {});
      if (inactive.has(id)) return;
      inactive.add(id);
      warn(
        isKept
          ? `${url} took nothing for 5 minutes of sandbox time; the events that waited are dropped, as Enode does. What happens from now on is sent: Enode would make the webhook inactive, the sandbox keeps it active. Start your program.`
          : `The webhook ${url} is inactive now: the events that waited are dropped and no more are sent, as Enode does. Start your program, then call enode.webhooks.ensure(), which activates it again.`,
      );
    },
  };
}

function warn(text: string): void {
  process.stderr.write(`enode-sdk: ${text}\n`);
}

/** Whether output goes to a file, where nobody waits for "ready" and `source` would run it. */
function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}

async function main(args: string[]): Promise<void> {
  const command = readCommand(args);
  if (typeof command === "string") {
    process.stdout.write(command);
    return;
  }
  const { options, host, webhook } = command;
  const { server, webhooks, shownEnv } = await serveSandbox(options, host).catch((error) => {
    throw isUnknownHost(error)
      ? new UsageError(`--host must be an address of this machine, not "${host}"`)
      : error;
  });
  const end = () => void server.close();
  process.once("SIGINT", end).once("SIGTERM", end);
  try {
    watchDeliveries(webhooks, webhook);
    if (webhook !== undefined) {
      shownEnv["ENODE_WEBHOOK_SECRET"] = await subscribe(server, webhook);
    }
    const lines = Object.entries(shownEnv).map(([name, value]) => `${name}=${value}`);
    if (!isFile(process.stdout.fd)) lines.push("ready");
    process.stdout.write([`# page: ${server.apiUrl}/`, ...lines, ""].join("\n"));
    if (!LOCAL_HOSTS.has(host)) {
      warn(
        `Listening on ${host}: whoever reaches this machine can use the sandbox and read what is in it. It is for tests, and has no protection.`,
      );
    }
  } catch (error) {
    await server.close();
    throw error;
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof UsageError ? "\nSee enode-sdk --help" : "";
  warn(`${message}${hint}`);
  process.exitCode = 1;
});
