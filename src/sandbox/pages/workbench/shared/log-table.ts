import { type Html, html, type Piece } from "../../shared/html.ts";
import { dayAndTime } from "./times.ts";

/** The table of a log, labelled by the element with the ID `title`. */
export function logTable(
  title: string,
  columns: readonly string[],
  rows: readonly Piece[],
  empty: string,
): Html {
  if (rows.length === 0) return html`<p class="hint">${empty}</p>`;
  return html`<div class="scroll" tabindex="0" role="group" aria-labelledby="${title}">
<table><thead><tr>${columns.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>
${rows}</tbody></table></div>`;
}

/** The status of an answer, in colour. */
export function statusView(status: number | null): Html {
  if (status === null) return html`<strong class="bad">No answer</strong>`;
  return html`<strong class="${status < 400 ? "good" : "bad"}">${status}</strong>`;
}

/** The time of day of an entry. */
export function timeOf(at: string): string {
  return dayAndTime(Date.parse(at)).slice(11);
}
