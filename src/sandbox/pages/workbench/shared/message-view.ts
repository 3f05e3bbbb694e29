import { isCut } from "../../../shared/body-recorder.ts";
import type { RecordedMessage } from "../../../shared/recordings.ts";
import { type Html, html } from "../../shared/html.ts";
import { codeView, copyButton } from "./code-view.ts";
import { byteSize } from "./numbers.ts";
import { prettyJson } from "./pretty-json.ts";

/** Headers and body of a recorded message. IDs of its elements begin with `id`. */
export function messageView(id: string, title: string, message: RecordedMessage): Html {
  return html`<section class="message" aria-labelledby="${id}-title"><h3 id="${id}-title">${title}</h3>
<details id="${id}-headers"><summary>${message.headers.length} headers</summary>
<dl class="headers">${message.headers.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl></details>
${bodyView(`${id}-body`, title, message)}</section>`;
}

function bodyView(id: string, title: string, message: RecordedMessage): Html {
  const { body, size } = message;
  if (size === 0) return html`<p class="hint">No body.</p>`;
  if (body === null)
    return html`<p class="hint">A body of ${byteSize(size)}, which is not text and is not kept.</p>`;
  const name = `Body of the ${title.toLowerCase()}`;
  return html`<div class="row"><span class="hint">${byteSize(size)}${isCut(message) && ", of which the first 64 kB are kept"}</span>
${copyButton(id, name)}</div>
${codeView(id, name, readable(body, message))}`;
}

function readable(body: string, message: RecordedMessage): string {
  if (isCut(message)) {
    const type = message.headers.find(([name]) => name === "content-type")?.[1] ?? "";
    return type.includes("json") ? prettyJson(body) : body;
  }
  return isJson(body) ? prettyJson(body) : body;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
