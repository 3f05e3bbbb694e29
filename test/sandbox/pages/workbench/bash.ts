import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Runs a text as a developer who pasted it; returns what it printed. */
export async function bash(
  text: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { env: { PATH: process.env["PATH"], ...env }, encoding: "utf8" } as const;
  return (await run("bash", ["-c", text], options)).stdout;
}
