import { type Html, html } from "../../../shared/html.ts";
import { type Forms, formStart } from "../../shared/forms.ts";

/** What to do first, while the sandbox is empty. */
export function startCard(forms: Forms): Html {
  return html`<p>Nobody is here yet.</p>
<ol class="start">
<li>${formStart(forms)}<button name="do" value="add-household">Create a demo household</button></form>
<small>A user with a car, a charger, solar panels, a battery, a meter and a heater.</small></li>
<li><a href="/?tab=connect">Connect your program</a><small>The environment variables, and a first call.</small></li>
<li>Or let a user link an account: open a link session, here or with the API.</li>
</ol>
`;
}
