import { type Html, html, type Piece } from "../../../shared/html.ts";

/** A titled section of a page about a device or user; null when it has no content. */
export function panel(id: string, title: string, content: Piece): Html | null {
  if (content === null || content === false || content === undefined) return null;
  return html`<section class="panel" aria-labelledby="${id}-title">
<header><h3 id="${id}-title">${title}</h3></header>
${content}</section>
`;
}

/** A list of facts. */
export function factsView(facts: readonly (readonly [name: string, value: Piece])[]): Html {
  return html`<dl class="facts">${facts.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>
`;
}
