import { readFileSync } from "node:fs";
import { join } from "node:path";
import { join as joinParts, prose } from "../shared/markdown.ts";
import { root } from "../source/parse.ts";

/** A page from a document that lies beside the README, with its links to docs/ as the site has them. */
export function rootPage(file: string, title: string, description: string): string {
  const text = readFileSync(join(root, file), "utf8").replaceAll("](docs/", "](/");
  return joinParts([
    `---\ntitle: ${title}\ndescription: ${description}\noutline: 2\n---`,
    prose(text),
  ]);
}
