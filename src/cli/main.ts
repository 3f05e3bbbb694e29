import { sdkVersion } from "../../generated/version.ts";
import { isEnodeError } from "../errors/index.ts";
import { oneOf, readArguments } from "./shared/arguments.ts";
import type { Command } from "./shared/command.ts";
import { helpOf, helpOfAll } from "./shared/help.ts";
import { Terminal } from "./shared/terminal.ts";
import { CommandError, UsageError } from "./shared/usage-error.ts";

interface Entry {
  readonly summary: string;
  /** Each command is loaded when it is called: none waits for what the others need. */
  readonly load: () => Promise<{ readonly command: Command }>;
}

const commands = {
  sandbox: {
    summary: "serves the Enode API on your own machine, with a control page",
    load: () => import("./commands/sandbox.ts"),
  },
  trigger: {
    summary: "sends a signed sample event to a webhook handler",
    load: () => import("./commands/trigger.ts"),
  },
  listen: {
    summary: "prints the deliveries of a sandbox, and forwards them to a handler",
    load: () => import("./commands/listen.ts"),
  },
  doctor: {
    summary: "looks for what keeps a program from working",
    load: () => import("./commands/doctor.ts"),
  },
  events: {
    summary: "shows, revives, discards and prunes the webhook events in a store",
    load: () => import("./commands/events.ts"),
  },
  migrate: {
    summary: "makes the tables of a store, or brings them up to date",
    load: () => import("./commands/migrate.ts"),
  },
  request: {
    summary: "sends any operation of the API, and prints its result as JSON",
    load: () => import("./commands/request.ts"),
  },
} satisfies Record<string, Entry>;

const ASKS_FOR_HELP: ReadonlySet<string> = new Set(["help", "--help", "-h"]);

const FAILED = 1;
const MISUSED = 2;

/** Runs the program; sets the exit code. */
export async function main(args: string[]): Promise<void> {
  const terminal = new Terminal(process.stdout, process.stderr);
  let hint = "enode-sdk --help";
  try {
    const isHelp = args[0] !== undefined && ASKS_FOR_HELP.has(args[0]);
    const [name, ...rest] = isHelp ? args.slice(1) : args;
    if (name === undefined) {
      terminal.print(helpOfAll(summaries()));
      return;
    }
    if (name.startsWith("-")) {
      const { asksFor } = readArguments({ options: {} }, [name]);
      terminal.print(asksFor === "version" ? sdkVersion : helpOfAll(summaries()));
      return;
    }
    const known = oneOf(
      "command",
      name,
      Object.keys(commands) as (keyof typeof commands)[],
      `there are ${Object.keys(commands).join(", ")}`,
    );
    hint = `enode-sdk ${known} --help`;
    const { command } = (await commands[known].load()) as { readonly command: Command };
    if (isHelp) {
      terminal.print(helpOf(command));
      return;
    }
    const { asksFor, values, positionals } = readArguments(command, rest);
    if (asksFor !== undefined) {
      terminal.print(asksFor === "version" ? sdkVersion : helpOf(command));
      return;
    }
    const code = await command.run({ values, positionals, terminal });
    if (code !== undefined) process.exitCode = code;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.warn(`${error.message}\nSee ${hint}`);
      process.exitCode = MISUSED;
      return;
    }
    terminal.warn(messageOf(error));
    process.exitCode = FAILED;
  }
}

function summaries(): [string, string][] {
  return Object.entries(commands).map(([name, { summary }]) => [name, summary]);
}

/** Errors that say what to do are shown in a line; any other is a bug, whose place counts. */
function messageOf(error: unknown): string {
  if (error instanceof CommandError || isEnodeError(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
