import type { DeviceKind } from "../../simulation/devices/catalogue.ts";
import { type Html, html } from "../shared/html.ts";
import { hidden } from "../shared/layout.ts";
import { TEST_ACCOUNTS } from "./test-accounts.ts";
import type { VendorChoice } from "./vendor-choices.ts";

export type { VendorChoice };

/** The data that every step of Link UI shows or sends. */
export interface LinkView {
  readonly path: string;
  /** Token of the forms. */
  readonly token: string;
  readonly userId: string;
  readonly kinds: readonly string[];
  /** The requested scopes; undefined when the user has agreed before. */
  readonly scopes: readonly string[] | undefined;
}

const STEPS = ["Brand", "Consent", "Sign in"] as const;

export function vendorsView(
  view: LinkView,
  choices: readonly VendorChoice[],
  search: string,
): Html {
  const wanted = search.trim().toLowerCase();
  const found = choices.filter(({ name }) => name.toLowerCase().includes(wanted));
  const heading = html`<h1>Choose a brand</h1>
<p>Connect your account there to share your ${listOf(view.kinds)} with the app.</p>`;
  return frame(
    view,
    0,
    html`${heading}
<form method="get" action="${view.path}" role="search" class="search">
<label for="q">Search brands</label>
<div class="row"><input id="q" name="q" type="search" value="${search}" autocomplete="off" data-filter="brands">
<button class="quiet">Search</button></div>
</form>
<p role="status" id="brands-count" class="hint">${brandCount(found.length)}</p>
<ul id="brands" class="brands">
${found.map(
  ({ vendor, name, kinds }) =>
    html`<li><a href="${view.path}?vendor=${encodeURIComponent(vendor)}">${name}${view.kinds.length > 1 && html`<small>${listOf(kinds)}</small>`}</a></li>
`,
)}</ul>`,
  );
}

export function consentView(
  view: LinkView,
  { vendor, name, kinds }: VendorChoice,
  back: boolean,
): Html {
  const scopes = view.scopes?.filter((scope) => kinds.some((kind) => scope.startsWith(`${kind}:`)));
  const asked =
    scopes === undefined
      ? html`<p>The permissions stay as you gave them when you connected ${name} before.</p>`
      : html`<p>The app asks for your permission to:</p>
<ul class="scopes">
${scopes.map((scope) => html`<li>${wordsFor(scope)} <code>${scope}</code></li>\n`)}</ul>`;
  return frame(
    view,
    1,
    html`<h1>Share data of your ${name} account</h1>
${asked}
<form method="get" action="${view.path}" class="actions">
${hidden("vendor", vendor)}${hidden("consent", "given")}
<button>Agree and continue</button>
</form>
${back && html`<p><a href="${view.path}">Choose another brand</a></p>`}`,
  );
}

export function signInView(view: LinkView, { vendor, name }: VendorChoice, error?: string): Html {
  return frame(
    view,
    2,
    html`<h1>Sign in to ${name}</h1>
${error !== undefined && html`<p role="alert" class="error">${error}</p>`}
<p>Nobody has an account here. Sign in with one of these, each of which goes another way.</p>
<form method="post" action="${view.path}" class="accounts" aria-label="Test accounts">
${common(view, vendor)}
${TEST_ACCOUNTS.map(
  ({ id, email, story }) =>
    html`<button name="account" value="${id}" class="account">${email}<small>${story}</small></button>
`,
)}</form>`,
  );
}

export function codeView(
  view: LinkView,
  { vendor, name }: VendorChoice,
  error: string | null,
): Html {
  return frame(
    view,
    2,
    html`<h1>Confirm your ${name} account</h1>
<p>Enter the six digits that ${name} has sent you. Any will do here, such as <strong>123456</strong>.</p>
<form method="post" action="${view.path}" class="actions">
${common(view, vendor)}${hidden("account", "two-factor")}
<label for="code">Code</label>
${error !== null && html`<p role="alert" class="error" id="code-error">${error}</p>`}
<input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="6" required
 aria-invalid="${error === null ? "false" : "true"}"${error !== null && html` aria-describedby="code-error"`}>
<button>Confirm</button>
</form>`,
  );
}

export function deadEndView(title: string, explanation: string): Html {
  return html`${banner}
<main><h1>${title}</h1>
<p>${explanation}</p></main>`;
}

export function doneView(title: string, text: string): Html {
  return html`${banner}
<main><h1>${title}</h1>
<p>${text}</p>
<p>The session's <code>redirectUri</code> is not an address of a site or an app, so this page goes nowhere from here.</p></main>`;
}

const banner = html`<header><p><strong>Link UI</strong> <span class="badge">Sandbox</span></p></header>`;

function frame(view: LinkView, step: number, content: Html): Html {
  return html`${banner}
<nav aria-label="Steps"><ol class="steps">
${STEPS.map(
  (name, at) =>
    html`<li${at === step && html` aria-current="step"`}${at < step && html` class="done"`}>${name}</li>
`,
)}</ol></nav>
<main>
${content}
</main>
<footer>
<form method="post" action="${view.path}">
${hidden("token", view.token)}
<button name="step" value="exit" class="quiet">Leave and return to the app</button>
</form>
<p class="hint">For the user <code>${view.userId}</code></p>
</footer>`;
}

function common({ token }: LinkView, vendor: string): Html {
  return html`${hidden("token", token)}${hidden("vendor", vendor)}${hidden("consent", "given")}`;
}

function brandCount(count: number): string {
  return count === 1 ? "1 brand" : `${count} brands`;
}

const KINDS: Readonly<Record<string, string>> = {
  vehicle: "vehicles",
  charger: "chargers",
  hvac: "heating and cooling",
  inverter: "solar inverters",
  battery: "home batteries",
  meter: "meters",
} satisfies Record<DeviceKind, string>;

function listOf(kinds: readonly string[]): string {
  return kinds.map((kind) => KINDS[kind] ?? kind).join(", ");
}

const WORDS: Readonly<Record<string, string>> = {
  "read:data": "Read the data of",
  "read:location": "Read the location of",
  "control:charging": "Start and stop charging of",
  "control:mode": "Set the mode of",
  "control:operation_mode": "Set the operation mode of",
};

function wordsFor(scope: string): string {
  const [kind = "", ...rest] = scope.split(":");
  const words = WORDS[rest.join(":")];
  return words === undefined ? "Use" : `${words} your ${listOf([kind])}`;
}
