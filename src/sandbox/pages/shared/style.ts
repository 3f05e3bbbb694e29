/** The stylesheet of all pages. */
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
input, select {
  font: inherit; color: inherit; background: var(--card); min-width: 0; max-width: 100%;
  border: 1px solid var(--soft); border-radius: .5rem; padding: .45rem .6rem;
}
label { font-weight: 600; font-size: .875rem; }
.hint, .badge { color: var(--soft); font-size: .875rem; }
.badge { border: 1px solid var(--line); border-radius: 1rem; padding: .1rem .6rem; white-space: nowrap; }
.error { color: var(--bad); font-weight: 600; }
.row { display: flex; gap: .5rem; flex-wrap: wrap; align-items: center; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.link { max-width: 30rem; margin: 0 auto; padding: 1rem; }
.link main > :last-child { margin-bottom: 0; }
.link main { background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 1.25rem; }
.link footer { padding: 1rem 0; display: flex; gap: .75rem; flex-wrap: wrap; align-items: center; justify-content: space-between; }
.link footer p { margin: 0; }
.steps { display: flex; gap: .5rem; margin: 0 0 1rem; }
.steps li { flex: 1; border-top: 4px solid var(--line); padding-top: .25rem; font-size: .875rem; color: var(--soft); }
.steps .done, .steps [aria-current] { border-color: var(--accent); }
.steps [aria-current] { color: var(--ink); font-weight: 600; }
.link .search { margin-bottom: .75rem; }
.search input { flex: 1; }
.brands { display: grid; grid-template-columns: repeat(auto-fill, minmax(11rem, 1fr)); gap: .5rem; }
.brands a {
  display: block; height: 100%; padding: .5rem .75rem; border: 1px solid var(--line); border-radius: .5rem;
  text-decoration: none; color: var(--ink); font-weight: 600;
}
.scopes { margin-bottom: 1rem; }
.scopes li { padding: .4rem 0; border-bottom: 1px solid var(--line); }
.scopes code { display: block; color: var(--soft); }
.actions { display: grid; gap: .5rem; margin-bottom: .75rem; }
.accounts { display: grid; gap: .5rem; }
button.account { text-align: left; font-weight: 600; }

.control { max-width: 80rem; margin: 0 auto; padding: 1rem; }
.control > header { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin-bottom: 1rem; }
.control > header h1 { margin: 0; }
.columns { display: grid; gap: 1rem; align-items: start; }
.column { display: grid; gap: 1rem; min-width: 0; }
@media (min-width: 52rem) { .columns { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); } }
.panel { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1rem; min-width: 0; }
.panel > header { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; justify-content: space-between; margin-bottom: .75rem; }
.panel > :last-child, .panel > header p { margin-bottom: 0; }
.panel button { padding: .25rem .65rem; font-size: .875rem; }
.time { font-variant-numeric: tabular-nums; font-weight: 600; }
.user { border-top: 1px solid var(--line); padding: .75rem 0; }
.user > header { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; margin-bottom: .5rem; }
.accounts-of { display: flex; flex-wrap: wrap; gap: .25rem .5rem; align-items: center; }
.devices { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(16rem, 100%), 1fr)); }
.device { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; min-width: 0; display: grid; gap: .4rem; align-content: start; }
.device.chosen { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.device > header { display: flex; justify-content: space-between; gap: .5rem; align-items: baseline; flex-wrap: wrap; }
.state { font-weight: 600; font-size: .875rem; }
.good { color: var(--good); }
.bad { color: var(--bad); }
.warn { color: var(--warn); }
.facts { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: .875rem; }
.facts div { display: flex; gap: .35rem; }
.facts dt { color: var(--soft); }
.facts dd { font-variant-numeric: tabular-nums; }
.switches { flex: 1 1 100%; min-width: 0; }
.switches li { display: flex; gap: .5rem; align-items: center; justify-content: space-between; padding: .35rem 0; border-bottom: 1px solid var(--line); }
.about { min-width: 0; }
button.toggle {
  width: 2.75rem; height: 1.5rem; padding: 0; border: 2px solid var(--soft); border-radius: 1rem; background: transparent;
}
.toggle::before {
  content: ""; display: block; width: .9rem; height: .9rem; margin-left: .15rem; border-radius: 50%; background: var(--soft);
}
.toggle[aria-checked="true"] { background: var(--bad); border-color: var(--bad); }
.toggle[aria-checked="true"]::before { margin-left: 1.45rem; background: var(--on-accent); }
meter { width: 100%; height: .9rem; }
table { border-collapse: collapse; width: 100%; font-size: .8125rem; }
th, td { text-align: left; padding: .25rem .5rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; font-variant-numeric: tabular-nums; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td:first-child { white-space: nowrap; }
.scroll { overflow: auto; max-height: 18rem; }
.env { overflow-x: auto; margin: 0 0 .5rem; padding: .5rem; border: 1px solid var(--line); border-radius: .5rem; white-space: pre; overflow-wrap: normal; }
figure { margin: 0; }
svg { width: 100%; max-width: 40rem; height: auto; display: block; }
svg text { font: 12px system-ui, sans-serif; fill: var(--soft); }
.grid { stroke: var(--line); }
.level-line { fill: none; stroke: var(--level); stroke-width: 2; stroke-dasharray: 6 3; }
.power-line { fill: none; stroke: var(--power); stroke-width: 2; }
.power-area { fill: var(--power); opacity: .15; }
.legend { display: flex; gap: 0 1rem; font-size: .8125rem; color: var(--soft); flex-wrap: wrap; }
.legend span::before { content: ""; display: inline-block; width: 1.25rem; margin-right: .35rem; vertical-align: middle; border-top: 3px solid var(--power); }
.legend .of-level::before { border-top: 3px dashed var(--level); }
summary { cursor: pointer; font-size: .875rem; }
.notice:not(:empty) { font-weight: 600; margin: 0 0 1rem; padding: .5rem .75rem; border-left: 4px solid var(--accent); background: var(--card); }
`;
