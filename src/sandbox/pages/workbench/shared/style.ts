/** The styles of logs and of what they open into. */
export const style = `
.log { display: grid; gap: 1rem; align-items: start; }
.log > * { min-width: 0; }
@media (min-width: 64rem) {
  .log:has(> .detail) { grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); }
  .log > .detail { grid-column: 2; grid-row: 1; }
}
.log .scroll { max-height: none; }
.log td [aria-current] { font-weight: 700; }
@media (forced-colors: none) { .log td [aria-current] { color: var(--ink); } }
tr:has([aria-current]) { background: color-mix(in srgb, var(--accent) 12%, transparent); }
.filters { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; margin-bottom: 1rem; }
.filters .field { display: grid; min-width: 0; flex: 0 1 11rem; }
.filters .check { display: flex; gap: .5rem; align-items: center; min-height: 2.4rem; }
.filters .check input { width: 1.1rem; height: 1.1rem; }
.filters button { font-size: 1rem; padding: .45rem .9rem; }
.controls { display: flex; flex-wrap: wrap; gap: .25rem 1rem; font-size: .875rem; }
.properties { display: flex; flex-wrap: wrap; gap: .5rem 2rem; margin-bottom: .75rem; font-size: .875rem; }
.properties > div { min-width: 0; max-width: 100%; }
.properties dt, .headers dt { color: var(--soft); font-size: .8125rem; }
.attempts { display: inline-flex; flex-wrap: wrap; gap: .5rem; }
.address { font-weight: 600; }
.copies { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: start; }
.copied { min-width: 0; max-width: 100%; }
.message { margin-top: 1rem; }
.message h3 { margin-bottom: .25rem; }
.headers div { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 2fr); gap: .5rem; font-size: .8125rem; border-bottom: 1px solid var(--line); padding: .15rem 0; }
.code { overflow: auto; max-height: 32rem; margin: .25rem 0; padding: .5rem; border: 1px solid var(--line); border-radius: .5rem; white-space: pre; overflow-wrap: normal; }
.copied .code { white-space: pre-wrap; overflow-wrap: anywhere; }
@media (scripting: none) { .copy { display: none; } }
@media (pointer: coarse) {
  .log td a, .controls a, .close, .filters a, .attempts a, .log summary { display: inline-block; min-height: 40px; min-width: 40px; padding-block: .5rem; }
  .log button, .filters button, .filters input, .filters select, .filters .check { min-height: 40px; }
}
`;
