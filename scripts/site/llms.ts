import { globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { guideSections } from "./structure.ts";

/** A page in the texts for language models. */
interface TextPage {
  readonly title: string;
  readonly path: string;
  readonly description: string;
  readonly text: string;
}

const intro = `# enode-sdk

> A typed TypeScript client of the Enode API for servers: vehicles, chargers, HVAC, inverters, batteries and meters.
> Independent: neither published nor reviewed by Enode.`;

/** Writes llms.txt, a list of all pages, and llms-full.txt, with all that they say but the pages of types. */
export async function writeLlmsTexts(docs: string, base: string): Promise<void> {
  const sections = guideSections.map(({ text, pages }) => ({
    title: text,
    paths: pages.map(({ path }) => path),
  }));
  const generated = globSync("reference/{resources/*,events/*,errors}.md", { cwd: docs }).sort();
  sections.push({
    title: "Reference",
    paths: generated.map((file) => file.slice(0, -".md".length)),
  });
  const lists: string[] = [intro];
  const texts: string[] = [intro];
  for (const { title, paths } of sections) {
    const pages = await Promise.all(paths.map((path) => readPage(docs, path)));
    const lines = pages.map(
      (page) =>
        `- [${page.title}](${base}${page.path}.html)${page.description && `: ${page.description}`}`,
    );
    lists.push(`## ${title}`, lines.join("\n"));
    texts.push(...pages.map(({ text }) => text));
  }
  await writeFile(join(docs, "site/llms.txt"), `${lists.join("\n\n")}\n`);
  await writeFile(join(docs, "site/llms-full.txt"), `${texts.join("\n\n")}\n`);
}

async function readPage(docs: string, path: string): Promise<TextPage> {
  const raw = await readFile(join(docs, `${path}.md`), "utf8");
  const [front = ""] = /^---\n[\s\S]*?\n---\n/.exec(raw) ?? [];
  const text = raw
    .slice(front.length)
    .trim()
    .replaceAll("<wbr>", "")
    .replaceAll(/<\/?code>/g, "`");
  const description = /^description: "?(.*?)"?$/m.exec(front)?.[1] ?? "";
  return { title: /^# (.*)$/m.exec(text)?.[1] ?? path, path, description, text };
}
