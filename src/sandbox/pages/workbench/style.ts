/** The styles of the frame. */
export const style = `
.workbench { max-width: 84rem; margin: 0 auto; padding: 0 1rem 1rem; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: .5rem; top: .5rem; z-index: 4; padding: .5rem 1rem; background: var(--card); }
.workbench main { scroll-margin-top: 9rem; }
.workbench main:focus { outline: none; }
:root:has(.workbench) { scroll-padding: 8rem 0 5rem; }

.frame { position: sticky; top: 0; z-index: 2; margin: 0 -1rem 1rem; padding: .5rem 1rem; background: var(--ground); border-bottom: 1px solid var(--line); }
.frame .bar { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; min-height: 2.75rem; }
.frame h1 { margin: 0; font-size: 1.125rem; white-space: nowrap; }
.frame button, .frame input { padding: .25rem .6rem; font-size: .875rem; }
.clock { display: flex; gap: .5rem; align-items: center; margin: 0; white-space: nowrap; }
.clock-panel { color: inherit; background: var(--ground); border: 0; padding: 0; gap: .5rem 1rem; align-items: center; }
.joined { display: inline-flex; }
.joined button { border-radius: 0; margin-left: -1px; }
.joined button:first-child { border-radius: .5rem 0 0 .5rem; margin-left: 0; }
.joined button:last-child { border-radius: 0 .5rem .5rem 0; }
button[aria-pressed="true"] { background: var(--accent); color: var(--on-accent); border-color: var(--accent); }
.light { color: var(--soft); font-size: .875rem; margin-left: auto; overflow-wrap: normal; }
.light::before { content: ""; display: inline-block; width: .6rem; height: .6rem; margin-right: .4rem; border-radius: 50%; background: currentColor; }
.light[data-state="live"] { color: var(--good); font-weight: 600; }
.light[data-state="paused"] { color: var(--warn); font-weight: 600; }
.light[data-state="ended"] { color: var(--bad); font-weight: 600; }
.tabs { display: flex; gap: .25rem; overflow-x: auto; }
.tabs a { display: block; padding: .5rem .75rem; border-radius: .5rem; text-decoration: none; font-weight: 600; white-space: nowrap; overflow-wrap: normal; }
.tabs [aria-current] { background: var(--accent); color: var(--on-accent); }
.alerts { display: flex; gap: .5rem; overflow-x: auto; white-space: nowrap; padding: .125rem; }
.alerts a { display: inline-block; max-width: 80vw; overflow: hidden; text-overflow: ellipsis; padding: .1rem .6rem; border: 1px solid var(--bad); border-radius: 1rem; color: var(--bad); font-size: .8125rem; font-weight: 600; text-decoration: none; }
.alerts .alert { background: var(--bad); color: var(--on-bad); }
.ended { margin: .375rem 0 0; padding: .5rem .75rem; border-radius: .5rem; background: var(--bad); color: var(--on-bad); font-weight: 600; }
.ended:empty { display: none; }
.has-ended main button, .has-ended .frame button, .has-ended .frame input { opacity: .5; cursor: not-allowed; filter: grayscale(1); }

.toast { display: flex; gap: .75rem; align-items: start; justify-content: space-between; margin: 0 0 1rem; padding: .5rem .75rem; border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: .5rem; background: var(--card); font-weight: 600; }
.toast:has(#notice:empty) { padding: 0; border: 0; margin: 0; }
.toast p { margin: 0; }
.toast.failed { border-left-color: var(--bad); color: var(--bad); }
.toast.floats { position: fixed; z-index: 3; bottom: 1rem; left: 50%; transform: translateX(-50%); width: max-content; max-width: min(40rem, calc(100vw - 2rem)); margin: 0; box-shadow: 0 .25rem 1.5rem #0006; }
.toast.floats:has(#notice:empty) { box-shadow: none; }
.toast:has(#notice:empty) button { display: none; }
.toast button { padding: 0 .5rem; }

.columns { display: grid; gap: 1rem; align-items: start; }
.column { display: grid; gap: 1rem; min-width: 0; }
@media (min-width: 52rem) {
  .frame { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; }
  .frame .bar, .frame .ended { flex: 1 1 100%; }
  .frame .alerts { flex: 1 1 0; }
  .columns { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); }
  .narrow-only { display: none; }
  .clock-panel { display: flex; flex-wrap: wrap; position: static; width: auto; margin: 0; overflow: visible; }
}
@media (max-width: 51.99rem) {
  .alerts:has(li) { margin-top: .375rem; }
  .clock-panel:popover-open { display: grid; position: fixed; inset: 3.5rem .5rem auto; width: auto; margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--card); }
}
@media (max-width: 40rem) {
  .workbench { padding: 0 .75rem 5rem; }
  .frame { margin: 0 -.75rem .75rem; padding: .25rem .75rem; }
  .frame h1 { font-size: .875rem; white-space: normal; }
  .frame .bar { flex-wrap: nowrap; gap: .5rem; }
  .clock { flex-wrap: wrap; gap: 0 .5rem; font-size: .75rem; line-height: 1.3; white-space: normal; min-width: 0; }
  .clock .badge { font-size: .75rem; padding: 0 .4rem; }
  .light { font-size: .75rem; line-height: 1.2; }
  .frame nav { position: fixed; z-index: 2; inset: auto 0 0; background: var(--card); border-top: 1px solid var(--line); }
  .tabs { gap: 0; justify-content: space-around; }
  .tabs li { flex: 1; text-align: center; }
  .tabs a { min-height: 3rem; padding: .85rem .125rem; border-radius: 0; font-size: .75rem; line-height: 1.25; }
  .toast.floats { bottom: 4rem; }
}
`;
