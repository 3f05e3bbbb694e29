import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import type { VendorChoice } from "../vendor-choices.ts";
import { backLink, frame, type LinkView } from "./frame.ts";
import { wordsFor } from "./words.ts";

/** The title of the page that comes before the sign-in. */
export function consentTitle({ scopes }: LinkView, { name }: VendorChoice): string {
  return scopes === undefined ? `Sign in to ${name} again` : `Share data of your ${name} account`;
}

/** The question for the user's consent, or for another sign-in when it was given before. */
export function consentView(view: LinkView, choice: VendorChoice): Html {
  const { vendor, name, kinds } = choice;
  const isRelink = view.scopes === undefined;
  const asked = isRelink
    ? html`<p>The app needs you to sign in to your ${name} account once more. The permissions stay as you gave them when you connected it.</p>`
    : scopesView(view.scopes, kinds);
  return frame(
    view,
    isRelink ? "Permissions" : "Consent",
    html`<h1>${consentTitle(view, choice)}</h1>
${asked}
<form method="get" action="${view.path}" class="actions">
${hidden("vendor", vendor)}${hidden("consent", "given")}
<button>${isRelink ? "Continue" : "Agree and continue"}</button>
</form>
${view.choosesBrand && backLink(view.path, "Choose another brand")}`,
  );
}

function scopesView(all: readonly string[], kinds: readonly string[]): Html {
  const scopes = all.filter((scope) => kinds.some((kind) => scope.startsWith(`${kind}:`)));
  return html`<p>The app asks for your permission to:</p>
<ul class="scopes">
${scopes.map((scope) => html`<li>${wordsFor(scope)} <code>${scope}</code></li>\n`)}</ul>`;
}
