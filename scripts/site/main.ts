/**
 * Makes the site of the documentation, docs/site: the guides, and a reference from the sources and the description.
 *
 *   --pages       only writes the generated pages, to docs/reference
 *   --base PATH   where the site will be hosted, such as /enode-sdk/; the whole host by default
 */
import { spawn } from "node:child_process";
import { copyFile, glob, mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { BASE_VARIABLE, baseOf } from "./base.ts";
import { writeLlmsTexts } from "./llms.ts";
import { renderPages } from "./pages.ts";
import { TypePages } from "./shared/types.ts";
import { root } from "./source/parse.ts";
import { writeTypes } from "./types.ts";

const { values } = parseArgs({
  options: { pages: { type: "boolean", default: false }, base: { type: "string" } },
});
const base = baseOf(values.base);
const docs = join(root, "docs");

await writePages();
if (!values.pages) {
  await build();
  await copyFiles();
  await writeLlmsTexts(docs, base);
}

async function writePages(): Promise<void> {
  await rm(join(docs, "reference"), { recursive: true, force: true });
  await writeTypes();
  for (const [path, text] of await renderPages(new TypePages(docs, "reference/api"))) {
    const file = join(docs, "reference", path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
}

/** Copies what guides link to besides pages. */
async function copyFiles(): Promise<void> {
  for await (const file of glob("guides/*.json", { cwd: docs })) {
    await copyFile(join(docs, file), join(docs, "site", file));
  }
}

/** Builds the site; what the builder complains of is a failure. */
async function build(): Promise<void> {
  await rm(join(docs, "site"), { recursive: true, force: true });
  const builder = spawn("vitepress", ["build", docs], {
    cwd: root,
    env: { ...process.env, [BASE_VARIABLE]: base },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [builder.stdout, builder.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((resolve, reject) => {
    builder.on("error", reject).on("close", resolve);
  });
  if (code === 0 && !/warn|\(!\)/i.test(output)) return;
  console.error(output);
  throw new Error("The site was built with complaints, or not at all.");
}
