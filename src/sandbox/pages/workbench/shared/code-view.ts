import { type Html, html } from "../../shared/html.ts";
import type { CopyText } from "./copy-text.ts";

/**
 * A button that copies the text of the element with an ID; shown where scripts run.
 *
 * @param what What is copied, for a sentence that begins with it.
 */
export function copyButton(id: string, what: string, label = "Copy"): Html {
  const name = label === "Copy" && html` aria-label="Copy: ${what}"`;
  return html`<button type="button" class="quiet copy" data-copy="${id}" data-copied="${what}"${name}>${label}</button>`;
}

/** A text in lines of its own, which scrolls sideways. */
export function codeView(id: string, label: string, text: string): Html {
  return html`<pre class="code" id="${id}" tabindex="0" role="group" aria-label="${label}">${text}</pre>`;
}

/** A text to copy: a button, and the text for those who select it themselves; or why there is none. */
export function copyView(id: string, title: string, copy: CopyText): Html {
  if ("reason" in copy) return html`<p class="hint">No copy as ${title}: ${copy.reason}</p>`;
  return html`<div class="copied">${copyButton(id, `The text for ${title}`, `Copy as ${title}`)}
<details><summary>Show ${title}</summary>${codeView(id, title, copy.text)}</details></div>`;
}
