import { deviceKinds } from "../../../../simulation/devices/catalogue.ts";
import { type Html, html } from "../../../shared/html.ts";

/** The value of the choice that leaves the kind open. */
export const ANY_KIND = "any";

/** The field for the kind of device that a link session is for. */
export function kindField(prefix: string): Html {
  return html`<div><label for="${prefix}-kind">Kind</label>
<select id="${prefix}-kind" name="kind"><option value="${ANY_KIND}">Any kind</option>${deviceKinds.map((kind) => html`<option>${kind}</option>`)}</select></div>
`;
}
