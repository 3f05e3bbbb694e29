import { type Html, html, type Piece } from "../shared/html.ts";
import { BASE } from "../shared/layout.ts";
import type { Notice } from "./shared/notices.ts";
import type { Tab, TabView } from "./shared/tab.ts";

/** What stands around a tab. */
export interface Frame {
  readonly tabs: readonly Tab[];
  readonly current: Tab;
  readonly notice: Notice | undefined;
  /** The form that sets the time. */
  readonly setTime: Piece;
  /** Distinguishes this run of the sandbox from the next one at the same address. */
  readonly run: string;
}

/** The page around a tab. Names of live parts: `clock`, `clock-controls` and `alerts`. */
export function frameView(
  { tabs, current, notice, setTime, run }: Frame,
  { parts, main }: TabView,
): Html {
  return html`<a class="skip" href="#main">Skip to the content</a>
<header class="frame">
<div class="bar"><h1>Enode sandbox</h1>
${parts.get("clock")}
<button class="quiet narrow-only" type="button" popovertarget="clock-panel">Clock…</button>
<div id="clock-panel" popover class="clock-panel" role="group" aria-label="Clock">
${parts.get("clock-controls")}
${setTime}</div>
<span class="light" id="connection">Not live: reload to see what is new</span>
</div>
<nav aria-label="Tabs"><ul class="tabs">${tabs.map(
    (tab) =>
      html`<li><a href="/?tab=${tab.id}"${tab === current && html` aria-current="page"`}>${tab.title}</a></li>`,
  )}</ul></nav>
${parts.get("alerts")}
<p class="ended" id="ended" role="alert"></p>
</header>
<div class="toast${notice?.isFailure === true && " failed"}" id="toast"><p role="status" id="notice">${notice?.message}</p><button type="button" id="close-toast" class="quiet" hidden aria-label="Close the message">×</button></div>
<p role="log" aria-live="polite" id="news" class="unseen"></p>
<main id="main" tabindex="-1" data-stream="${BASE}/stream" data-run="${run}">
${main}
</main>`;
}
