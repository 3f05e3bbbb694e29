import { type Html, html } from "../../../shared/html.ts";
import { hidden } from "../../../shared/layout.ts";
import { type Forms, formStart } from "../../shared/forms.ts";

/** How an action can be made to fail, the most usual first. */
export const FAILURES = [
  "NO_RESPONSE",
  "FAILED_PRECONDITION",
  "CONFLICT",
  "NOT_FOUND",
  "UNNECESSARY",
  "REQUESTED_CANCELLATION",
] as const;

/** The form that lets the next action of a device fail. */
export function failNextView(id: string, forms: Forms): Html {
  return html`<section class="panel" aria-labelledby="fail-title">
<header><h3 id="fail-title">Next action</h3></header>
${formStart(forms)}${hidden("device", id)}<div class="settings">
<div><label for="fail-type">How it fails</label><select id="fail-type" name="type">${FAILURES.map((type) => html`<option>${type}</option>`)}</select></div></div>
<button class="quiet" name="do" value="fail-next-action">Fail the next action</button></form></section>
`;
}
