import { fstatSync } from "node:fs";
import { isLoopback } from "../../sandbox/host/loopback.ts";
import { type Served, serveSandbox } from "../../sandbox/host/server.ts";
import { resetState } from "../../sandbox/host/state-file.ts";
import type { SandboxServerOptions } from "../../sandbox/index.ts";
import type { ScenarioName } from "../../sandbox/simulation/scenarios/scenario.ts";
import { scenarioNames } from "../../sandbox/simulation/scenarios/scenario-runner.ts";
import { fleetNamed } from "../../sandbox/simulation/world/fleet.ts";
import { SANDBOX_PORT, SANDBOX_SEED, webhookSecretOf } from "../sandbox/defaults.ts";
import { writeEnvFile } from "../sandbox/env-file.ts";
import { LiveLog, type LogFormat } from "../sandbox/live-log.ts";
import { openPage } from "../sandbox/open-page.ts";
import { watchDeliveries } from "../sandbox/watch-deliveries.ts";
import { refuseMore, toNumber } from "../shared/arguments.ts";
import type { Command, Input } from "../shared/command.ts";
import { CommandError, UsageError } from "../shared/usage-error.ts";

const LOOPBACK = "127.0.0.1";

const options = {
  port: {
    type: "string",
    short: "p",
    value: "<number>",
    help: "port to listen on; 4010 by default, 0 for any free one",
  },
  host: {
    type: "string",
    value: "<address>",
    help: "address to listen on; 127.0.0.1 by default. 0.0.0.0 lets other machines in; the page then asks for a token",
  },
  seed: {
    type: "string",
    value: "<number>",
    help: 'determines IDs, credentials and batteries; 0 by default, or "random"',
  },
  speed: {
    type: "string",
    value: "<number>",
    help: "how much faster than the wall clock the time passes; 1 by default",
  },
  fleet: {
    type: "string",
    value: "<fleet>",
    help: "users and devices: small, large or a number of vehicles; none by default",
  },
  "connection-limit": {
    type: "string",
    value: "<number>",
    help: "how many devices may be linked; more are refused with 403, as by Enode",
  },
  scenarios: {
    type: "string",
    value: "<names>",
    help: "what happens in the field, with commas: parked-car-flickers,vendor-outage",
  },
  webhook: {
    type: "string",
    value: "<url>",
    help: "delivers all events to this URL, signed",
  },
  "webhook-secret": {
    type: "string",
    value: "<secret>",
    help: "the secret of --webhook; by default one that follows from the seed",
  },
  // Not --env-file: Node takes that for its own wherever it stands, and ends when there is no such file.
  "write-env": {
    type: "string",
    value: "<file>",
    aliases: ["env-file", "env"],
    help: "writes the variables into this file, whose other lines stay",
  },
  state: {
    type: "string",
    value: "<file>",
    help: "begins with what this file holds, and keeps users, devices and webhooks in it",
  },
  reset: {
    type: "boolean",
    help: "begins the file of --state again; the old one stays beside it as .bak",
  },
  "no-bodies": {
    type: "boolean",
    help: "keeps no headers, bodies and answers for the workbench",
  },
  open: { type: "boolean", help: "opens the workbench in a browser" },
  quiet: { type: "boolean", short: "q", help: "no log of requests and deliveries" },
  json: { type: "boolean", help: "the log as lines of JSON" },
} as const;

type Values = Input<typeof options>["values"];

/** The Enode API on this machine. */
export const command: Command<typeof options> = {
  usage: ["sandbox [options]"],
  about: "Serves the Enode API on your own machine, offline, with a workbench.",
  options,
  examples: [
    "enode-sdk sandbox --fleet small --open",
    "enode-sdk sandbox --webhook http://127.0.0.1:3000/webhooks/enode --write-env .env.local",
    "enode-sdk sandbox --speed 60 --json 2> log.jsonl",
    "enode-sdk sandbox --fleet small --state sandbox.json",
  ],
  notes: `stdout: the page's URL in a comment, then the environment variables that Enode.fromEnv() reads, then "ready",
which is left out of a file: node --env-file and source read it as it is. They are the same each time.
stderr: each request and delivery, at the time of the sandbox in UTC. NO_COLOR and FORCE_COLOR are obeyed.
Ctrl-C ends it, and writes the file of --state. The exit code is 1 when that file cannot be read or written.`,
  complete(_before, option) {
    if (option === "--fleet") return ["small", "large"];
    return option === "--scenarios" ? scenarioNames : [];
  },
  async run({ values, positionals, terminal }) {
    refuseMore(positionals, 0);
    const { host = LOOPBACK, webhook } = values;
    if (host === "") throw new UsageError('--host must be an address, such as 0.0.0.0, not ""');
    const secret = secretOf(values);
    const log = new LiveLog(terminal, formatOf(values));
    const options = optionsOf(values);
    if (values.state !== undefined && values.reset === true)
      await inALine(resetState(values.state));
    const served = await serve(options, host, (text) => log.notice(text));
    const { server, pageUrl, webhooks, shownEnv } = served;
    const end = () => {
      server.close().catch((error: unknown) => {
        log.notice(error instanceof Error ? error.message : String(error));
        process.exitCode = 1;
      });
    };
    process.once("SIGINT", end).once("SIGTERM", end);
    try {
      watchDeliveries(webhooks, webhook, (text) => log.notice(text));
      if (webhook !== undefined) {
        shownEnv["ENODE_WEBHOOK_SECRET"] = await subscribe(served, webhook, secret, values);
      }
      for (const text of ignoredIn(values, served)) log.notice(text);
      log.follow(server);
      const file = values["write-env"];
      if (file !== undefined) await writeEnvFile(file, shownEnv);
      terminal.print(`# page: ${pageUrl}`);
      for (const [name, value] of Object.entries(shownEnv)) terminal.print(`${name}=${value}`);
      if (!isFile(process.stdout.fd)) terminal.print("ready");
      if (!isLoopback(host)) {
        log.notice(
          `Listening on ${host}: whoever reaches this machine can use the API with the credentials above, which follow from the seed; --seed random makes secret ones. The page asks for the token in its address.`,
        );
      }
      if (values.open === true) {
        openPage(pageUrl, () => log.notice(`No browser could be opened; the page is ${pageUrl}`));
      }
    } catch (error) {
      await server.close();
      throw error;
    }
    return undefined;
  },
};

function optionsOf({
  port,
  seed,
  speed,
  fleet,
  scenarios,
  ...values
}: Values): SandboxServerOptions {
  const isPort = (value: number) => Number.isInteger(value) && value <= 65_535;
  const limit = values["connection-limit"];
  if (values.state === "") throw new UsageError('--state must be a file, not ""');
  if (values.reset === true && values.state === undefined) {
    throw new UsageError("--reset needs --state");
  }
  return {
    state: values.state,
    bodies: values["no-bodies"] !== true,
    port:
      port === undefined
        ? SANDBOX_PORT
        : toNumber("--port", port, "a whole number from 0 to 65535", isPort),
    seed: seedOf(seed),
    ...(speed !== undefined && {
      clock: { speed: toNumber("--speed", speed, "a number above 0", (value) => value > 0) },
    }),
    ...(fleet !== undefined && { fleet: toFleet(fleet) }),
    ...(scenarios !== undefined && { scenarios: toScenarios(scenarios) }),
    ...(limit !== undefined && {
      connectionLimit: toNumber(
        "--connection-limit",
        limit,
        "a whole number, 0 or more",
        Number.isSafeInteger,
      ),
    }),
  };
}

function seedOf(seed: string | undefined): number | undefined {
  if (seed === undefined) return SANDBOX_SEED;
  if (seed === "random") return undefined;
  return toNumber("--seed", seed, 'a whole number, 0 or more, or "random"', Number.isSafeInteger);
}

function secretOf({ "webhook-secret": secret, webhook, seed }: Values): string {
  if (secret === undefined) return webhookSecretOf(seedOf(seed));
  if (webhook === undefined) throw new UsageError("--webhook-secret needs --webhook");
  // What a shell or an environment file would not take as it is could not be read from the output.
  if (/^[\w.~+/=-]{6,256}$/.test(secret)) return secret;
  throw new UsageError("--webhook-secret must be 6 to 256 letters, digits or any of . _ ~ + / = -");
}

function formatOf({ quiet, json }: Values): LogFormat {
  if (quiet === true && json === true) {
    throw new UsageError("Give --quiet or --json, not both");
  }
  if (quiet === true) return "quiet";
  return json === true ? "json" : "text";
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

/** What the user has asked for and a state has decided otherwise. */
function ignoredIn({ state, fleet, seed }: Values, served: Served): string[] {
  if (!served.isRestored) return [];
  const isOther = seed !== undefined && seedOf(seed) !== served.seed;
  return [
    ...(fleet === undefined ? [] : [`--fleet ${fleet} is not added to what ${state} holds.`]),
    ...(isOther ? [`--seed ${seed} is not used: ${state} was begun with ${served.seed}.`] : []),
  ].map((text) => `${text} --reset begins again.`);
}

/** Fails with the message of an error, which is all that a user needs. */
async function inALine<T>(work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof Error ? new CommandError(error.message) : error;
  });
}

async function serve(
  options: SandboxServerOptions,
  host: string,
  notice: (text: string) => void,
): Promise<Served> {
  try {
    return await serveSandbox(options, host, notice);
  } catch (error) {
    if (isUnknownHost(error)) {
      throw new UsageError(`--host must be an address of this machine, not "${host}"`);
    }
    // What the sandbox says of a port in use, or of one that needs more rights, is all that a user needs.
    throw error instanceof Error ? new CommandError(error.message) : error;
  }
}

function isUnknownHost(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN";
}

/** Subscribes a URL to all events through the API, or the webhook of a state; returns the secret. */
async function subscribe(
  { server, webhooks }: Served,
  url: string,
  secret: string,
  values: Values,
): Promise<string> {
  const known = webhooks.at(url);
  if (known !== undefined) {
    const kept = values["webhook-secret"] ?? known.secret;
    webhooks.update(known, { secret: kept, events: ["*"] });
    return kept;
  }
  const { credentials, fetch } = server;
  const { clientId, clientSecret } = credentials;
  const answer = await fetch("http://127.0.0.1/oauth2/token", {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${clientId}:${clientSecret}`)}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  const created = await fetch("http://127.0.0.1/webhooks", {
    method: "POST",
    headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
    body: JSON.stringify({ url, secret, events: ["*"] }),
  });
  if (created.ok) return secret;
  const { detail } = (await created.json()) as { detail: string };
  throw new UsageError(`--webhook cannot be "${url}". ${detail}`);
}

/** Whether output goes to a file, where nobody waits for "ready" and `source` would run it. */
function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false;
  }
}
