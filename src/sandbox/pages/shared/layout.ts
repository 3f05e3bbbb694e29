import { type Html, html, type Piece } from "./html.ts";

/** The path of everything that is no page; the API has no such path. */
export const BASE = "/-";

/** The parts of a page. */
export interface PageParts {
  readonly title: string;
  readonly main: Piece;
  /** Selects the style and script of the page. */
  readonly kind: "link" | "workbench";
  readonly status?: number;
  readonly colorScheme?: "light" | "dark" | "system";
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
<link rel="stylesheet" href="${BASE}/${kind}.css">
<script src="${BASE}/${kind}.js" defer></script>
</head>
<body class="${kind}">
${main}
</body>
</html>
`;
  const headers = headersFor("text/html; charset=utf-8");
  headers.set("content-security-policy", POLICY);
  // With `no-referrer` a browser would send forms with a null origin, which the CSRF check refuses.
  headers.set("referrer-policy", "same-origin");
  headers.set("x-frame-options", "DENY");
  return new Response(document.text, { status, headers });
}

/** Headers of all answers of the pages. */
export function headersFor(type: string): Headers {
  return new Headers({
    "content-type": type,
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
}

/** Redirects the browser. */
export function goTo(address: string): Response {
  return new Response(null, {
    status: 303,
    headers: { location: address, "cache-control": "no-store" },
  });
}

/** Plain text, for answers that only programs read. */
export function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: headersFor("text/plain; charset=utf-8") });
}

/** The content security policy: scripts, styles, connections and forms only of the pages' own origin. */
const POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src data:",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A hidden field of a form. */
export function hidden(name: string, value: string): Html {
  return html`<input type="hidden" name="${name}" value="${value}">`;
}
