import { type Html, html } from "../../shared/html.ts";
import { endFrame } from "./frame.ts";

/** A page at which nothing is left to do here. */
export interface End {
  readonly title: string;
  readonly text: string;
  /** Where the app is; undefined when a browser may not go there. */
  readonly app: URL | undefined;
  /** Whether this is what the app learns, so that the user expects to get there. */
  readonly isOutcome?: boolean;
  /** A step of this session, which is still open. */
  readonly goOn?: string | undefined;
}

/** The end of a session, with the way back to the app. */
export function endView({ title, text, app, isOutcome = false, goOn }: End): Html {
  return endFrame(html`<h1>${title}</h1>
<p>${text}</p>
${app !== undefined && returnView(app)}${app === undefined && isOutcome && NOWHERE}
${goOn !== undefined && html`<p><a class="back" href="${goOn}">Connect an account after all</a></p>`}`);
}

const NOWHERE = html`<p>The session's <code>redirectUri</code> is not an address of a site or an app, so this page goes nowhere from here.</p>`;

function returnView(app: URL): Html {
  const isSite = app.protocol === "http:" || app.protocol === "https:";
  return html`<p><a class="button" href="${app.href}">Return to the app</a></p>
<p class="hint">${
    isSite
      ? "The address of the app:"
      : "If nothing happens, this device has no app for the address. On a device that has it, it opens:"
  } <code>${app.href}</code></p>
`;
}
