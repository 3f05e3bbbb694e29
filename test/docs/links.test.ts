import { existsSync } from "node:fs";
import { glob, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { withSite } from "../support/services.ts";

withSite("the links of the site", (folder) => {
  it("lead to files and headings that there are", { timeout: 300_000 }, async () => {
    const pages = new Map<string, { ids: Set<string>; links: Set<string> }>();
    for await (const file of glob("**/*.html", { cwd: folder })) {
      const html = await readFile(join(folder, file), "utf8");
      const ids = new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id = ""]) => id));
      const links = new Set(
        [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, link = ""]) => link),
      );
      pages.set(`/${file}`, { ids, links });
    }
    expect(pages.size).toBeGreaterThan(100);
    const dead: string[] = [];
    for (const [page, { links }] of pages) {
      for (const link of links) {
        if (!leads(page, link)) dead.push(`${page}: ${link}`);
      }
    }
    expect(dead).toEqual([]);

    function leads(page: string, link: string): boolean {
      const text = link.replaceAll("&amp;", "&");
      if (/^(?:https?|mailto):/.test(text)) return true;
      const [path = "", anchor = ""] = text.split("#");
      const target =
        path === "" ? page : fileOf(path.startsWith("/") ? path : join(dirname(page), path));
      const found = pages.get(target);
      if (!found) return existsSync(join(folder, target)) && anchor === "";
      return anchor === "" || found.ids.has(decodeURIComponent(anchor));
    }
  });
});

/** The file that a server sends for a path. */
function fileOf(path: string): string {
  if (path.endsWith("/")) return `${path}index.html`;
  return /\.\w+$/.test(path) ? path : `${path}.html`;
}
