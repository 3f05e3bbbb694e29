import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { DocumentError, readDocument } from "./document.ts";
import { renderFiles } from "./files.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

const options = {
  /** The OpenAPI document, in YAML or JSON. */
  spec: { type: "string", default: join(root, "openapi/enode-2024-10-01.yaml") },
  /** Where the files go. */
  out: { type: "string", default: join(root, "generated") },
  /** Write nothing; fail when a file is not what would be written. */
  check: { type: "boolean", default: false },
} as const;

async function packageVersion(): Promise<string> {
  const manifest: { version: string } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  );
  return manifest.version;
}

async function check(folder: string, files: Map<string, string>): Promise<void> {
  const stale: string[] = [];
  for (const [name, text] of files) {
    const file = join(folder, name);
    const present = await readFile(file, "utf8").catch(() => undefined);
    if (present !== text) stale.push(relative(process.cwd(), file));
  }
  if (stale.length > 0) {
    throw new DocumentError(`Stale, so run \`npm run generate\`: ${stale.join(", ")}`);
  }
}

async function write(folder: string, files: Map<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, text] of files) await writeFile(join(folder, name), text);
}

/** A mistake of the caller, to be told in one line; anything else is ours and shows its stack. */
function isCallersMistake(error: unknown): error is Error {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return error instanceof DocumentError || code.startsWith("ERR_PARSE_ARGS");
}

try {
  const { values: flags } = parseArgs({ options });
  const document = await readDocument(flags.spec);
  const files = await renderFiles(document, await packageVersion());
  await (flags.check ? check(flags.out, files) : write(flags.out, files));
} catch (error) {
  if (!isCallersMistake(error)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
