import { type Html, html, type Piece } from "./html.ts";

/** Where everything of the pages is that is no page; the API has no such path. */
export const BASE = "/-";

/** What a page is made of. */
export interface PageParts {
  readonly title: string;
  readonly main: Piece;
  /** Tells the style and the script which page it is. */
  readonly kind: "link" | "control";
  readonly status?: number;
  readonly colorScheme?: "light" | "dark" | "system";
  /** Scheme of an address that a form of this page may lead to in the end, such as `https:`. */
  readonly leadsTo?: string;
}

/** Answers with a page. */
export function page(parts: PageParts): Response {
  const { title, main, kind, status = 200, colorScheme = "system" } = parts;
  const document = html`<!doctype html>
<html lang="en" data-theme="${colorScheme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${BASE}/style.css">
<script src="${BASE}/script.js" defer></script>
</head>
<body class="${kind}">
${main}
</body>
</html>
`;
  const headers = headersFor("text/html; charset=utf-8");
  headers.set("content-security-policy", policy(parts.leadsTo));
  // Without the address of the page a browser would not tell where a form comes from.
  headers.set("referrer-policy", "same-origin");
  headers.set("x-frame-options", "DENY");
  return new Response(document.text, { status, headers });
}

/** Headers of everything that the pages answer. */
export function headersFor(type: string): Headers {
  return new Headers({
    "content-type": type,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
}

/** Sends the browser elsewhere. */
export function goTo(address: string): Response {
  return new Response(null, {
    status: 303,
    headers: { location: address, "cache-control": "no-store" },
  });
}

/** Text with nothing else, for what only programs see. */
export function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: headersFor("text/plain; charset=utf-8") });
}

/** What a program of the pages' own origin may do there, and nobody else. */
function policy(leadsTo: string | undefined): string {
  // Browsers hold form-action against where a form is redirected to as well. A scheme has no character that could
  // end the directive.
  const forms = leadsTo === undefined ? "'self'" : `'self' ${leadsTo}`;
  return [
    "default-src 'none'",
    "style-src 'self'",
    "script-src 'self'",
    "connect-src 'self'",
    "img-src data:",
    `form-action ${forms}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}

/** A field that is sent along and not shown. */
export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}
