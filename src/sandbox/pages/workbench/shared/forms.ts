import { type Html, html } from "../../shared/html.ts";
import { BASE, hidden } from "../../shared/layout.ts";

/** What every form of a page holds. */
export interface Forms {
  /** Distinguishes it from forms of other sites. */
  readonly token: string;
  /** The query of the page, to which the form returns. */
  readonly back: string;
}

/**
 * The start tag of a form for a command, with its hidden fields; the form ends with `</form>`.
 *
 * @param isReset Whether the form is empty again after it was sent.
 */
export function formStart({ token, back }: Forms, isReset = false): Html {
  return html`<form method="post" action="${BASE}/do" class="row"${isReset && html` data-reset`}>${hidden("token", token)}${hidden("back", back)}`;
}

/** The address of the page with other members in its query; null removes one. */
export function linkTo(
  query: URLSearchParams,
  changes: Readonly<Record<string, string | null>>,
): string {
  const changed = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  const text = changed.toString();
  return text === "" ? "/" : `/?${text}`;
}
