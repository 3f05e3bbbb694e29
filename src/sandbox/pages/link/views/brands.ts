import { type Html, html } from "../../shared/html.ts";
import { hidden } from "../../shared/layout.ts";
import type { VendorChoice } from "../vendor-choices.ts";
import { frame, type LinkView, stepAt } from "./frame.ts";
import { listOf } from "./words.ts";

/** What the user looks for among the brands. */
export interface BrandQuery {
  readonly search: string;
  /** A kind of device that the brand must have. */
  readonly kind: string | undefined;
}

/** The choice of a brand. */
export function brandsView(
  view: LinkView,
  choices: readonly VendorChoice[],
  { search, kind }: BrandQuery,
): Html {
  const wanted = search.trim().toLowerCase();
  const found = choices.filter(
    ({ name, kinds }) =>
      name.toLowerCase().includes(wanted) &&
      (kind === undefined || kinds.some((each) => each === kind)),
  );
  const popular = found.filter((choice) => choice.isPopular);
  const others = found.filter((choice) => !choice.isPopular);
  const filter: Record<string, string> = kind === undefined ? {} : { kind };
  return frame(
    view,
    "Brand",
    html`<h1>Choose a brand</h1>
<p>Connect your account there to share your ${listOf(view.kinds)} with the app.</p>
<form method="get" action="${view.path}" role="search" class="search">
${kind !== undefined && hidden("kind", kind)}<label for="q">Search brands</label>
<div class="row"><input id="q" name="q" type="search" value="${search}" autocomplete="off" data-filter="brands">
<button class="quiet">Search</button></div>
</form>
${view.kinds.length > 1 && kindsView(view, search, kind)}
<p class="hint"><span role="status" id="brands-count">${brandCount(found.length, search)}</span>
<a id="brands-clear" class="clear" href="${stepAt(view, filter)}"${search === "" && html` hidden`}>Clear</a></p>
<div id="brands">
${section(view, "Popular", popular)}${section(view, popular.length > 0 ? "More brands" : "All brands", others)}</div>`,
  );
}

function kindsView(view: LinkView, search: string, current: string | undefined): Html {
  const query: Record<string, string> = search === "" ? {} : { q: search };
  const link = (name: string, kind?: string) =>
    html`<li><a href="${stepAt(view, kind === undefined ? query : { ...query, kind })}"${kind === current && html` aria-current="true"`}>${name}</a></li>
`;
  return html`<nav aria-label="Kind of device"><ul class="kinds">
${link("All")}${view.kinds.map((kind) => link(capital(listOf([kind])), kind))}</ul></nav>
`;
}

function section(view: LinkView, title: string, choices: readonly VendorChoice[]): Html {
  if (choices.length === 0) return html``;
  return html`<section aria-label="${title}"><h2>${title}</h2>
<ul class="brands">
${choices.map(
  ({ vendor, name, kinds }) =>
    html`<li><a href="${stepAt(view, { vendor })}">${name}${view.kinds.length > 1 && html`<small>${listOf(kinds)}</small>`}</a></li>
`,
)}</ul></section>
`;
}

function brandCount(count: number, search: string): string {
  if (count > 0) return count === 1 ? "1 brand" : `${count} brands`;
  return search.trim() === "" ? "No brand" : `No brand fits “${search.trim()}”.`;
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
