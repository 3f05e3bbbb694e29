import { readFile, writeFile } from "node:fs/promises";
import { CommandError } from "../shared/usage-error.ts";

/** Only the owner reads a new file: it holds secrets. */
const MODE = 0o600;

/**
 * Writes environment variables into a file. Lines of other variables stay as they are: the file may be that of the
 * user's program.
 */
export async function writeEnvFile(
  file: string,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  try {
    await writeFile(file, merged(await textOf(file), variables), { mode: MODE });
  } catch (error) {
    throw new CommandError(
      `--write-env ${file} cannot be written: ${error instanceof Error ? error.message : error}`,
    );
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

function merged(text: string, variables: Readonly<Record<string, string>>): string {
  const left = new Map(Object.entries(variables));
  const lines = text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
  const kept = lines.map((line) => {
    const [, start = "", name = ""] = /^((?:export\s+)?)(\w+)\s*=/.exec(line) ?? [];
    const value = variables[name];
    if (value === undefined) return line;
    left.delete(name);
    return `${start}${name}=${value}`;
  });
  return [...kept, ...Array.from(left, ([name, value]) => `${name}=${value}`), ""].join("\n");
}
