import { type Html, html } from "../../../shared/html.ts";

/** How many known users a field suggests. */
export const MOST_USERS = 100;

/** The field for the ID of a user, with suggestions. */
export function userField(prefix: string, users: readonly string[]): Html {
  return html`<div><label for="${prefix}-user">User ID</label>
<input id="${prefix}-user" name="user" required maxlength="200" autocomplete="off" list="${prefix}-users">
<datalist id="${prefix}-users">${users.map((id) => html`<option value="${id}"></option>`)}</datalist></div>
`;
}
