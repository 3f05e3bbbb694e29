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
  readonly load: () => Promise<Command>;
}

const commands = {
  sandbox: {
    summary: "serves the Enode API on your own machine, with a workbench",
    load: async (): Promise<Command> => (await import("./commands/sandbox.ts")).command,
  },
  trigger: {
    summary: "sends a signed sample event to a webhook handler",
    load: async (): Promise<Command> => (await import("./commands/trigger.ts")).command,
  },
  listen: {
    summary: "prints the deliveries of a sandbox, and forwards them to a handler",
    load: async (): Promise<Command> => (await import("./commands/listen.ts")).command,
  },
  doctor: {
    summary: "looks for what keeps a program from working",
    load: async (): Promise<Command> => (await import("./commands/doctor.ts")).command,
  },
  events: {
    summary: "shows, revives, discards and prunes the webhook events in a store",
    load: async (): Promise<Command> => (await import("./commands/events.ts")).command,
  },
  migrate: {
    summary: "makes the tables of a store, or brings them up to date",
    load: async (): Promise<Command> => (await import("./commands/migrate.ts")).command,
  },
  request: {
    summary: "sends any operation of the API, and prints its result as JSON",
    load: async (): Promise<Command> => (await import("./commands/request.ts")).command,
  },
  completion: {
    summary: "prints what a shell runs to complete arguments",
    load: async (): Promise<Command> =>
      (await import("./commands/completion.ts")).completion(names(), load),
  },
} satisfies Record<string, Entry>;

function names(): (keyof typeof commands)[] {
  return Object.keys(commands) as (keyof typeof commands)[];
}

function load(name: string): Promise<Command> | undefined {
  return names().find((each) => each === name) && commands[name as keyof typeof commands].load();
}

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
    const known = oneOf("command", name, names(), `there are ${names().join(", ")}`);
    hint = `enode-sdk ${known} --help`;
    const command = await commands[known].load();
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
