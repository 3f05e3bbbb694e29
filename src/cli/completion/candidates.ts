import type { Command } from "../shared/command.ts";

/** The commands of the program by name, each loaded when it is needed. */
export type LoadCommand = (name: string) => Promise<Command> | undefined;

/**
 * The words that may stand at the end of a line.
 *
 * @param line The line up to the cursor; its first word is the program.
 */
export async function candidatesFor(
  line: string,
  names: readonly string[],
  load: LoadCommand,
): Promise<string[]> {
  const words = line.trimStart().split(/\s+/);
  const last = words.at(-1) ?? "";
  const [name, ...before] = words.slice(1, -1);
  const all = name === undefined ? [...names, "help"] : await wordsAfter(name, before, names, load);
  return all.filter((word) => word.startsWith(last));
}

async function wordsAfter(
  name: string,
  before: readonly string[],
  names: readonly string[],
  load: LoadCommand,
): Promise<readonly string[]> {
  if (name === "help") return before.length === 0 ? names : [];
  const command = await load(name);
  if (command === undefined) return [];
  const last = before.at(-1);
  const isOption = last !== undefined && takesValue(command, last);
  const own = command.complete?.(before, isOption ? last : undefined) ?? [];
  if (isOption) return own;
  const options = Object.keys(command.options).map((option) => `--${option}`);
  return [...own, ...options, "--help"];
}

/** Whether a word is an option whose value is the next word. */
function takesValue({ options }: Command, word: string): boolean {
  return Object.entries(options).some(
    ([name, { type, short }]) =>
      type === "string" && (word === `--${name}` || word === `-${short}`),
  );
}
