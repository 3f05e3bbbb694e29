// The frame of every page. Only the content of <main> is live.
import type { AppUser } from "../users.ts";
import { type Html, html, type Piece } from "./html.ts";

/** A page. */
export interface Page {
  readonly title: string;
  readonly content: Html;
}

/** What the frame needs. */
export interface Frame {
  readonly user: AppUser;
  readonly users: readonly AppUser[];
  /** Path of the page, which its stream asks for. */
  readonly path: string;
  /** The page of the sandbox behind the app, if there is one. */
  readonly sandboxUrl: string | undefined;
}

const STYLES = ["base", "pages", "chart", "toasts"] as const;

/** A whole document. */
export function document(page: Page, frame: Frame): string {
  const { path, sandboxUrl } = frame;
  return html`<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · Fleet</title>
<link rel="icon" href="/favicon.svg">
${STYLES.map(
  (name) => html`<link rel="stylesheet" href="/${name}.css">
`,
)}
<script src="/fleet.js" defer></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header class="top">
<a class="brand" href="/"><svg viewBox="0 0 24 24" aria-hidden="true"><path d="M13 2 4 14h6l-1 8 9-12h-6z"/></svg>Fleet</a>
<nav aria-label="Pages">${navLink("/", "Cars", path)}${navLink("/notifications", "Notifications", path)}</nav>
${switchView(frame)}
</header>
<main id="main" data-live="${path}">${page.content}</main>
<footer>
<span id="connection" role="status" data-state="waiting">Connecting…</span>
${sandboxUrl !== undefined && html`<a href="${sandboxUrl}">The sandbox behind this page: plug cars in, set its clock forward</a>`}
</footer>
<div id="toasts" role="status" aria-label="New notifications"></div>
</body>
</html>
`.text;
}

function navLink(href: string, text: string, path: string): Html {
  return html`<a href="${href}"${href === path && html` aria-current="page"`}>${text}</a>`;
}

function switchView({ user, users }: Frame): Html {
  return html`<form class="switch" method="post" action="/user" aria-label="User">${users.map(
    ({ id, name }) =>
      html`<button name="user" value="${id}" aria-pressed="${String(id === user.id)}">${name}</button>`,
  )}</form>`;
}

/** A page that says that something did not work. */
export function errorPage(title: string, text: Piece): Page {
  return {
    title,
    content: html`<h1>${title}</h1><p>${text}</p><p><a href="/">To your cars</a></p>`,
  };
}
