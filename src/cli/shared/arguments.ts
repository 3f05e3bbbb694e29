import { type ParseArgsConfig, parseArgs } from "node:util";
import { closest } from "../../shared/known-names.ts";
import type { Command, Input, Options } from "./command.ts";
import { UsageError } from "./usage-error.ts";

/** Options of every command. */
const COMMON = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

/** The arguments of a command; whether they ask for its help or the version instead. */
export interface ReadArguments extends Pick<Input<Command["options"]>, "values" | "positionals"> {
  readonly asksFor: "help" | "version" | undefined;
}

/** @throws UsageError for an option that the command does not have, or one without its value. */
export function readArguments(command: Pick<Command, "options">, args: string[]): ReadArguments {
  const options: NonNullable<ParseArgsConfig["options"]> = { ...COMMON };
  for (const [name, { type, short, multiple = false }] of Object.entries(command.options)) {
    options[name] = { type, multiple, ...(short !== undefined && { short }) };
  }
  refuseUnknownOptions(options, args, command.options);
  const { values, positionals } = parse({ args, options, allowPositionals: true });
  const { help, version, ...own } = values;
  return {
    // parseArgs has checked that each value is of the type that its option declares.
    values: own as ReadArguments["values"],
    positionals,
    asksFor: help === true ? "help" : version === true ? "version" : undefined,
  };
}

/** Before they are parsed, as Node refuses them without saying which one is similar. */
function refuseUnknownOptions(
  options: NonNullable<ParseArgsConfig["options"]>,
  args: string[],
  own: Options,
): void {
  const meant = (name: string) =>
    Object.keys(own).find((each) => own[each]?.aliases?.includes(name)) ??
    closest(name, Object.keys(options));
  const { tokens } = parseArgs({ args, options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind !== "option" || Object.hasOwn(options, token.name)) continue;
    const near = meant(token.name);
    throw new UsageError(
      `Unknown option '${token.rawName}'${near === undefined ? "" : `; did you mean --${near}?`}`,
    );
  }
}

function parse<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    // After the first sentence Node explains how to pass arguments that begin with a dash.
    throw new UsageError(
      error instanceof Error ? error.message.split(/\.?[ \n]*(?:\n|\. )/)[0] : String(error),
    );
  }
}

/** The value of an option that is a number. */
export function toNumber(
  option: string,
  text: string,
  wanted: string,
  fits: (value: number) => boolean,
): number {
  const value = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && fits(value)) return value;
  throw new UsageError(`${option} must be ${wanted}, not "${text}"`);
}

/** The value of an option that is the address of a server. */
export function toUrl(option: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  throw new UsageError(
    `${option} must be a URL such as http://127.0.0.1:3000/webhooks/enode, not "${text}"`,
  );
}

/** The two sides of `name=value`. */
export function toPair(option: string, text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new UsageError(`${option} must be of the form name=value, not "${text}"`);
}

/** Refuses arguments after the last one that a command takes. */
export function refuseMore(positionals: readonly string[], most: number): void {
  const extra = positionals[most];
  if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many`);
}

/** The one of some names that is meant; refuses others with the most similar one. */
export function oneOf<Name extends string>(
  what: string,
  text: string,
  names: readonly Name[],
  where: string,
): Name {
  const found = names.find((name) => name === text);
  if (found !== undefined) return found;
  const near = closest(text, names);
  throw new UsageError(
    `There is no ${what} "${text}"; ${near === undefined ? where : `did you mean ${near}?`}`,
  );
}
