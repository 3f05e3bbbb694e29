import { sdkVersion } from "../../../generated/version.ts";
import type { Command, Option } from "./command.ts";
import { table } from "./terminal.ts";

const EXIT_CODES = "Exit codes: 0 for success, 1 for a failure, 2 for a mistake in the arguments.";

/** The help of a command. */
export function helpOf(command: Command): string {
  const usages = command.usage.map((usage) => `enode-sdk ${usage}`);
  const options = table([
    ...Object.entries(command.options).map(([name, option]) => row(name, option)),
    ["  -h, --help", "shows this help"],
  ]);
  return [
    `Usage: ${usages.join("\n       ")}`,
    "",
    command.about,
    "",
    "Options:",
    ...options,
    "",
    "Examples:",
    ...command.examples.map((example) => `  $ ${example}`),
    "",
    ...(command.notes === undefined ? [] : [command.notes, ""]),
    EXIT_CODES,
  ].join("\n");
}

function row(name: string, { short, value, help }: Option): [string, string] {
  const start = short === undefined ? "      " : `  -${short}, `;
  return [`${start}--${name}${value === undefined ? "" : ` ${value}`}`, help];
}

/** The help of the program: its commands, each with a line. */
export function helpOfAll(
  summaries: readonly (readonly [name: string, summary: string])[],
): string {
  return [
    `enode-sdk ${sdkVersion}: tools for servers that use the Enode API`,
    "",
    "Usage: enode-sdk <command> [options]",
    "",
    "Commands:",
    ...table(summaries.map(([name, summary]) => [`  ${name}`, summary])),
    "",
    "Examples:",
    "  $ enode-sdk sandbox --fleet small --open",
    "  $ enode-sdk trigger user:vehicle:updated --to http://127.0.0.1:3000/webhooks/enode",
    "  $ enode-sdk doctor",
    "",
    "enode-sdk <command> --help shows the options of a command and examples; --version the version.",
    EXIT_CODES,
  ].join("\n");
}
