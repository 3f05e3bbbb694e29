import { LinkPages } from "./link/page.ts";
import { script as linkScript } from "./link/script.ts";
import { style as linkStyle } from "./link/style.ts";
import type { Pages, PagesContext } from "./shared/context.ts";
import { CsrfGuard } from "./shared/csrf.ts";
import { BASE, headersFor, plain } from "./shared/layout.ts";
import { script as sharedScript } from "./shared/script.ts";
import { style as sharedStyle } from "./shared/style.ts";
import { style as connectStyle } from "./workbench/connect/style.ts";
import { style as faultsStyle } from "./workbench/faults/style.ts";
import { script as chartScript } from "./workbench/fleet/chart/script.ts";
import { style as chartStyle } from "./workbench/fleet/chart/style.ts";
import { style as fleetStyle } from "./workbench/fleet/style.ts";
import { script as workbenchScript } from "./workbench/script.ts";
import { style as logStyle } from "./workbench/shared/style.ts";
import { style as frameStyle } from "./workbench/style.ts";
import { style as webhooksStyle } from "./workbench/webhooks/style.ts";
import { Workbench } from "./workbench/workbench.ts";

/** The styles and scripts by their paths: those of Link UI and of the workbench know nothing of each other. */
const assets: ReadonlyMap<string, readonly [type: string, text: string]> = new Map([
  ["/link.css", ["text/css", sharedStyle + linkStyle]],
  ["/link.js", ["text/javascript", sharedScript + linkScript]],
  [
    "/workbench.css",
    [
      "text/css",
      [
        sharedStyle,
        frameStyle,
        fleetStyle,
        chartStyle,
        logStyle,
        webhooksStyle,
        faultsStyle,
        connectStyle,
      ].join(""),
    ],
  ],
  ["/workbench.js", ["text/javascript", sharedScript + workbenchScript + chartScript]],
]);

/** Creates the pages of one sandbox. */
export function createPages(context: PagesContext): Pages {
  const guard = new CsrfGuard();
  const workbench = new Workbench(context, guard);
  const links = new LinkPages(context, guard);
  return (request) => {
    const { pathname } = new URL(request.url);
    const linkToken = /^\/link\/([^/]+)$/.exec(pathname)?.[1];
    if (linkToken !== undefined) return links.answer(request, linkToken);
    if (pathname === "/" && request.method === "GET")
      return Promise.resolve(workbench.show(request));
    if (!pathname.startsWith(`${BASE}/`)) return undefined;
    const path = pathname.slice(BASE.length);
    if (path === "/do" && request.method === "POST") return workbench.take(request);
    return Promise.resolve(
      path === "/stream" && request.method === "GET" ? workbench.stream(request) : asset(path),
    );
  };
}

function asset(path: string): Response {
  const [type, text] = assets.get(path) ?? [];
  if (type === undefined) return plain(404, "There is no such page");
  return new Response(text, { headers: headersFor(type) });
}
