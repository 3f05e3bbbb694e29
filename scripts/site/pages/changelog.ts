import { readFileSync } from "node:fs";
import { join } from "node:path";
import { join as joinParts, prose } from "../shared/markdown.ts";
import { root } from "../source/parse.ts";

/** The page with the changes of all versions. */
export function changelogPage(): string {
  const text = readFileSync(join(root, "CHANGELOG.md"), "utf8").replaceAll("](docs/", "](/");
  return joinParts([
    "---\ntitle: Changelog\ndescription: What changed from version to version.\noutline: 2\n---",
    prose(text),
  ]);
}
