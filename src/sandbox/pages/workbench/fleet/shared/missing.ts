import { type Html, html } from "../../../shared/html.ts";
import type { Forms } from "../../shared/forms.ts";
import { listAddress } from "./addresses.ts";
import type { DetailPage } from "./detail-page.ts";

/** In place of the page of what does not exist. */
export function missingPage(kind: "device" | "user", id: string, forms: Forms): DetailPage {
  const view = missingView(kind, id, forms);
  const details = html`<div id="${kind}-details" data-part></div>`;
  return {
    parts: new Map([
      [kind, view],
      // It may have been removed while its page was open.
      [`${kind}-details`, details],
    ]),
    content: view,
    status: 404,
  };
}

function missingView(kind: "device" | "user", id: string, forms: Forms): Html {
  return html`<section class="panel" id="${kind}" data-part aria-labelledby="missing-title">
<a class="back" href="${listAddress(forms.back)}">All devices</a>
<h2 id="missing-title">There is no such ${kind}</h2>
<p>The sandbox has no ${kind} with the ID <code>${id}</code>: it was removed, or belongs to an earlier run.</p>
</section>
`;
}
