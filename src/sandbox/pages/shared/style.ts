/** The styles of all pages. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #14171c);
  --card: light-dark(#ffffff, #1d2129);
  --ink: light-dark(#1b2027, #e8ebf0);
  --soft: light-dark(#565f6c, #a5adba);
  --line: light-dark(#d5dae1, #353c48);
  --accent: light-dark(#0b62c4, #7db7ff);
  --on-accent: light-dark(#ffffff, #0b1a2c);
  --good: light-dark(#12703a, #6fd396);
  --bad: light-dark(#b3261e, #ff9d94);
  --on-bad: light-dark(#ffffff, #3b0906);
  --warn: light-dark(#875200, #f2bf66);
  --level: light-dark(#12703a, #6fd396);
  --power: light-dark(#0b62c4, #7db7ff);
}
[data-theme="light"] { color-scheme: light; }
[data-theme="dark"] { color-scheme: dark; }
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.1rem; margin: 0; }
h3 { font-size: 1rem; margin: 0; }
h4 { font-size: .95rem; margin: 0; }
p { margin: 0 0 .75rem; }
a { color: var(--accent); }
code, pre { font: .875em/1.5 ui-monospace, monospace; }
small { display: block; font-size: .8125rem; font-weight: 400; color: var(--soft); }
ul, ol, dl, dd { margin: 0; padding: 0; list-style: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
button {
  font: inherit; font-weight: 600; padding: .45rem .9rem; border-radius: .5rem; cursor: pointer;
  border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent);
  flex-shrink: 0; overflow-wrap: normal;
}
button.quiet, button.account {
  background: transparent; color: var(--ink); border-color: var(--line); font-weight: 500;
}
button:hover { filter: brightness(1.08); }
button.quiet:hover, button.account:hover, .brands a:hover { border-color: var(--accent); }
input, select, textarea {
  font: inherit; color: inherit; background: var(--card); min-width: 0; max-width: 100%;
  border: 1px solid var(--soft); border-radius: .5rem; padding: .45rem .6rem;
}
label { font-weight: 600; font-size: .875rem; }
.hint, .badge { color: var(--soft); font-size: .875rem; }
.badge { border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .6rem; white-space: nowrap; }
.error { color: var(--bad); font-weight: 600; }
.row { display: flex; gap: .5rem; flex-wrap: wrap; align-items: center; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.panel { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem; min-width: 0; }
.panel > header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between; margin-bottom: .75rem; }
.panel > :last-child, .panel > header p { margin-bottom: 0; }
.panel button { padding: .25rem .65rem; font-size: .875rem; }
.time { font-variant-numeric: tabular-nums; font-weight: 600; }
.state { font-weight: 600; font-size: .875rem; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.warn { color: var(--warn); }
meter { width: 100%; height: .9rem; }
table { border-collapse: collapse; width: 100%; font-size: .8125rem; }
th, td { text-align: left; padding: .25rem .5rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td:first-child { white-space: nowrap; }
.scroll { overflow: auto; max-height: 18rem; }
.env { overflow-x: auto; margin: 0 0 .5rem; padding: .5rem; border: 1px solid var(--line); border-radius: .5rem; white-space: pre; overflow-wrap: normal; }
summary { cursor: pointer; font-size: .875rem; }

@media (pointer: coarse) {
  button, select, summary, input:not([type="checkbox"], [type="radio"]) { min-height: 2.75rem; }
  summary { padding: .6rem 0; }
}
@media (forced-colors: active) {
  :focus-visible { outline-color: Highlight; }
  a[aria-current], [aria-pressed="true"] { forced-color-adjust: none; background: Highlight !important; color: HighlightText !important; border-color: Highlight !important; }
}
@media (prefers-reduced-motion: reduce) {
  * { animation: none !important; transition: none !important; scroll-behavior: auto !important; }
}
`;
