import { type Html, html } from "../../../shared/html.ts";
import { hidden } from "../../../shared/layout.ts";
import { type Forms, formStart } from "../../shared/forms.ts";
import type { AccountView, UserState } from "./state.ts";

/** The vendor accounts of a user, with the switch of their credentials. */
export function accountsView({ id, accounts }: UserState, forms: Forms): Html {
  if (accounts.length === 0) return html`<p class="hint">No account is linked.</p>`;
  return html`<ul class="records">${accounts.map((account) => accountView(id, account, forms))}</ul>
`;
}

function accountView(userId: string, { vendor, kinds, isValid }: AccountView, forms: Forms): Html {
  const [command, label] = isValid
    ? ["invalidate", "Invalidate credentials"]
    : ["sign-in-again", "Sign in again"];
  return html`<li id="account-${vendor}" data-group tabindex="-1" class="line"><span><strong>${vendor}</strong> <span class="${isValid ? "good" : "bad"}">${isValid ? "Linked" : "Signed out"}</span>
<small>${kinds.join(", ")}</small></span>
${formStart(forms)}${hidden("user", userId)}${hidden("vendor", vendor)}<button class="quiet" name="do" value="${command}" aria-label="${label} of ${userId} at ${vendor}">${label}</button></form></li>
`;
}
