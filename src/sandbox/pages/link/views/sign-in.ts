import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import type { TestAccount } from "../test-accounts.ts";
import type { VendorChoice } from "../vendor-choices.ts";
import { backLink, common, frame, type LinkView, stepAt } from "./frame.ts";
import { oneOf } from "./words.ts";

/** The choice of a test account. */
export function signInView(
  view: LinkView,
  { vendor, name }: VendorChoice,
  accounts: readonly TestAccount[],
  error: string | undefined,
): Html {
  const group = (title: string, members: readonly TestAccount[]) =>
    html`<fieldset><legend>${title}</legend>
${members.map(
  ({ id, email, story }) =>
    html`<button name="account" value="${id}" class="account">${email}<small>${story}</small></button>
`,
)}</fieldset>
`;
  const good = accounts.filter(({ isRefused }) => isRefused !== true);
  const bad = accounts.filter(({ isRefused }) => isRefused === true);
  return frame(
    view,
    "Sign in",
    html`<h1>Sign in to ${name}</h1>
${error !== undefined && html`<p role="alert" class="error" id="sign-in-error" tabindex="-1" autofocus>${error}</p>`}
<p>This is a sandbox. Choose a test account.</p>
<form method="post" action="${view.path}" class="accounts" aria-label="Test accounts"${error !== undefined && html` aria-describedby="sign-in-error"`}>
${common(view, vendor)}
${group("Sign-in works", good)}${group("Sign-in fails", bad)}</form>
${backLink(stepAt(view, { vendor }))}`,
  );
}

/** The question for a second factor. */
export function codeView(
  view: LinkView,
  choice: VendorChoice,
  typed: string,
  isWrong: boolean,
): Html {
  return frame(
    view,
    "Sign in",
    html`<h1>Confirm your ${choice.name} account</h1>
<p id="code-hint">Enter the six digits that ${choice.name} has sent you. Any will do here, such as <strong>123456</strong>.</p>
<form method="post" action="${view.path}" class="actions">
${common(view, choice.vendor)}${hidden("account", "two-factor")}
<label for="code">Code</label>
${isWrong && html`<p role="alert" class="error" id="code-error">The code has to be six digits.</p>`}
<input id="code" name="code" value="${typed}" inputmode="numeric" autocomplete="one-time-code" maxlength="12" required autofocus
 aria-invalid="${isWrong ? "true" : "false"}" aria-describedby="${isWrong && "code-error "}code-hint">
<button>Confirm</button>
</form>
${backLink(signInOf(view, choice))}`,
  );
}

/** The choice of the devices that the user shares. */
export function devicesView(view: LinkView, choice: VendorChoice, isNone: boolean): Html {
  const boxes = choice.kinds.flatMap((kind) =>
    [`${oneOf(kind)} 1`, `${oneOf(kind)} 2`].map((name) => ({ kind, name })),
  );
  return frame(
    view,
    "Sign in",
    html`<h1>Which devices may ${choice.name} share?</h1>
${isNone && html`<p role="alert" class="error" id="devices-error" tabindex="-1" autofocus>Choose at least one device.</p>`}
<form method="post" action="${view.path}" class="actions">
${common(view, choice.vendor)}${hidden("account", "some-devices")}${hidden("step", "devices")}
<fieldset${isNone && html` aria-describedby="devices-error"`}><legend>Devices of the account</legend>
${boxes.map(
  ({ kind, name }, at) =>
    html`<label class="choice"><input type="checkbox" name="device" value="${kind}"${at === 0 && html` checked`}>${name}</label>
`,
)}</fieldset>
<button>Share these devices</button>
</form>
${backLink(signInOf(view, choice))}`,
  );
}

/** The wait for a vendor that takes its time. */
export function waitView(view: LinkView, choice: VendorChoice, milliseconds: number): Html {
  return frame(
    view,
    "Sign in",
    html`<h1>Waiting for ${choice.name}</h1>
<p role="status">${choice.name} takes about ten seconds to answer. Then this page goes on by itself; without scripts, check again.</p>
<form method="post" action="${view.path}" class="actions" data-wait="${milliseconds}">
${common(view, choice.vendor)}${hidden("account", "slow")}${hidden("ready", String(Date.now() + milliseconds))}
<button>Check again</button>
</form>
${backLink(signInOf(view, choice))}`,
  );
}

function signInOf(view: LinkView, { vendor }: VendorChoice): string {
  return stepAt(view, { vendor, consent: "given" });
}
