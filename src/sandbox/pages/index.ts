import { ControlPage } from "./control/page.ts";
import { LinkPages } from "./link/page.ts";
import type { Pages, PagesContext } from "./shared/context.ts";
import { CsrfGuard } from "./shared/csrf.ts";
import { BASE, headersFor, plain } from "./shared/layout.ts";
import { script } from "./shared/script.ts";
import { style } from "./shared/style.ts";

/** Creates the pages of one sandbox. */
export function createPages(context: PagesContext): Pages {
  const guard = new CsrfGuard();
  const control = new ControlPage(context, guard);
  const links = new LinkPages(context, guard);
  return (request) => {
    const { pathname } = new URL(request.url);
    const linkToken = /^\/link\/([^/]+)$/.exec(pathname)?.[1];
    if (linkToken !== undefined) return links.answer(request, linkToken);
    if (pathname === "/" && request.method === "GET") return Promise.resolve(control.show(request));
    if (!pathname.startsWith(`${BASE}/`)) return undefined;
    const path = pathname.slice(BASE.length);
    if (path === "/do" && request.method === "POST") return control.take(request);
    return Promise.resolve(
      path === "/stream" && request.method === "GET" ? control.stream(request) : asset(path),
    );
  };
}

function asset(path: string): Response {
  if (path === "/style.css") return new Response(style, { headers: headersFor("text/css") });
  if (path === "/script.js")
    return new Response(script, { headers: headersFor("text/javascript") });
  return plain(404, "There is no such page");
}
