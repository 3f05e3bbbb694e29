import { type Html, html } from "../shared/html.ts";
import { BASE, hidden } from "../shared/layout.ts";
import { type Forms, formStart } from "./shared/forms.ts";
import type { Notice } from "./shared/notices.ts";
import type { Tab, TabView } from "./shared/tab.ts";
import { dayAndTime } from "./shared/times.ts";

/** The page around a tab. */
export function frameView(
  tabs: readonly Tab[],
  current: Tab,
  { parts, main }: TabView,
  notice: Notice | undefined,
): Html {
  return html`<a class="skip" href="#main">Skip to the content</a>
<header class="frame"><h1>Enode sandbox</h1>
${parts.get("clock")}
<span class="badge" id="connection">Not live: reload to see what is new</span>
<nav aria-label="Tabs"><ul class="tabs">${tabs.map(
    (tab) =>
      html`<li><a href="/?tab=${tab.id}"${tab === current && html` aria-current="page"`}>${tab.title}</a></li>`,
  )}</ul></nav></header>
<p role="status" id="notice" class="${noticeClass(notice)}">${notice?.message}</p>
<p role="log" aria-live="polite" id="news" class="unseen"></p>
<main id="main" tabindex="-1" data-stream="${BASE}/stream">
${main}
</main>`;
}

function noticeClass(notice: Notice | undefined): string {
  return notice?.isFailure === true ? "notice failed" : "notice";
}

/** The simulated time, with buttons that advance it. */
export function clockView(now: number, forms: Forms): Html {
  return html`<section id="clock" data-part data-group aria-label="Clock">
<time class="time" datetime="${new Date(now).toISOString()}">${dayAndTime(now)} UTC</time>
${formStart(forms)}${hidden("do", "advance")}
<button class="quiet" name="minutes" value="5">Advance 5 minutes</button>
<button class="quiet" name="minutes" value="60">1 hour</button>
<button class="quiet" name="minutes" value="480">8 hours</button>
</form></section>`;
}
