import { type Html, html, type Piece } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";

/** The data that every step of Link UI shows or sends. */
export interface LinkView {
  readonly path: string;
  /** Token of the forms. */
  readonly token: string;
  readonly userId: string;
  readonly kinds: readonly string[];
  /** The requested scopes; undefined when the user has agreed before. */
  readonly scopes: readonly string[] | undefined;
  /** Whether the user chooses the brand, because the session names none. */
  readonly choosesBrand: boolean;
  readonly language: string;
}

/** A step of Link UI. */
export type Step = "Brand" | "Consent" | "Permissions" | "Sign in";

/** The address of a step. */
export function stepAt({ path }: Pick<LinkView, "path">, query: Record<string, string>): string {
  return `${path}?${new URLSearchParams(query)}`;
}

/** A page that asks the user for something. */
export function frame(view: LinkView, current: Step, content: Html): Html {
  const steps = stepsOf(view);
  const at = steps.indexOf(current);
  return html`${banner(view)}
<nav aria-label="Steps"><ol class="steps">
${steps.map(
  (name, index) =>
    html`<li${index === at && html` aria-current="step"`}${index < at && html` class="done"`}>${name}</li>
`,
)}</ol></nav>
<main>
${content}
</main>
<footer>
<p class="hint">For the user <code>${view.userId}</code></p>
${!isEnglish(view.language) && html`<p class="hint">The app asked for the language <code>${view.language}</code>. Enode's Link UI has it; the sandbox's is in English only.</p>`}
</footer>`;
}

/** A page at the end of the way. */
export function endFrame(content: Html): Html {
  return html`${banner()}
<main>
${content}
</main>`;
}

/** A link to the step before. */
export function backLink(address: string, text = "Back"): Html {
  return html`<p><a class="back" href="${address}"><span aria-hidden="true">← </span>${text}</a></p>`;
}

/** The hidden fields of a form that sends something for an account of a vendor. */
export function common({ token }: LinkView, vendor: string): Html {
  return html`${hidden("token", token)}${hidden("vendor", vendor)}${hidden("consent", "given")}`;
}

function stepsOf({ choosesBrand, scopes }: LinkView): Step[] {
  if (scopes === undefined) return ["Permissions", "Sign in"];
  return choosesBrand ? ["Brand", "Consent", "Sign in"] : ["Consent", "Sign in"];
}

function banner(view?: LinkView): Piece {
  return html`<header><p><strong>Link UI</strong> <span class="badge">Sandbox</span></p>
${view !== undefined && html`<a class="close" href="${stepAt(view, { step: "exit" })}" aria-label="Leave and return to the app">Leave <span aria-hidden="true">✕</span></a>`}</header>`;
}

function isEnglish(language: string): boolean {
  return language === "browser" || language.startsWith("en");
}
