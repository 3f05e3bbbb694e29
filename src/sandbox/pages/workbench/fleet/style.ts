/** The style of a row where there is no room for all in one line: what it is above, what it does below. */
function twoLines(row: string): string {
  return `${row} { display: flex; flex-wrap: wrap; gap: .15rem .5rem; padding: .4rem 0; }
${row} h4 { flex: 1 1 calc(100% - 9rem); }
${row} h4 > small { display: inline; margin-left: .4rem; }
${row} meter { display: none; }
${row} > .level { flex: 0 0 3.25rem; }
${row} > .power { flex: 0 0 4.25rem; }
${row} > .state { flex: 1 1 3rem; }
${row} > .state, ${row} > form, ${row} > .more { order: 1; }
${row} > .more { position: relative; top: 0; right: 0; }`;
}

/** The styles of the fleet. */
export const style: string = `
.fleet { display: grid; gap: 1rem; align-items: start; grid-template-columns: minmax(0, 1fr); }
.fleet.opened > .list { display: none; }
@media (min-width: 64rem) {
  .fleet { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); }
  .fleet.opened > .list { display: grid; }
  .beside { position: sticky; top: 7rem; max-height: calc(100vh - 8rem); overflow-y: auto; }
}
.find { display: grid; gap: .5rem .75rem; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); align-items: end; }
.find > .wide { grid-column: 1 / -1; }
.find input, .find select, .settings input, .settings select { width: 100%; display: block; height: 2.5rem; }
.find button, .find .button { min-height: 2.25rem; }
.button { display: inline-flex; align-items: center; padding: .25rem .65rem; border: 1px solid var(--line); border-radius: .5rem; font-size: .875rem; text-decoration: none; color: var(--ink); }
.settings { flex: 1 1 100%; display: grid; gap: .5rem .75rem; grid-template-columns: repeat(auto-fill, minmax(min(11rem, 100%), 1fr)); align-items: end; }
.user { border-top: 1px solid var(--line); padding: .5rem 0 .25rem; }
.user > h3 { display: flex; flex-wrap: wrap; gap: .25rem .5rem; align-items: baseline; }
.device { display: grid; gap: 0 .75rem; align-items: center; padding: .2rem .4rem; min-height: 3rem; border-radius: .5rem; position: relative; grid-template-columns: minmax(0, 1fr) 6.25rem 5.5rem 3.75rem 14.25rem; }
.device.chosen { box-shadow: inset 0 0 0 2px var(--accent); }
.device h4 { line-height: 1.25; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.device > .level, .device > .power { font-size: .875rem; font-variant-numeric: tabular-nums; white-space: nowrap; text-align: right; }
.device > .level { display: flex; gap: .35rem; align-items: center; justify-content: flex-end; }
.device meter { flex: 1 1 2rem; min-width: 0; }
.device > form { flex-wrap: nowrap; gap: .35rem; }
.device > .more { position: absolute; right: .4rem; top: .5rem; }
.more > summary { width: 2.25rem; height: 2rem; display: grid; place-items: center; border: 1px solid var(--line); border-radius: .5rem; list-style: none; }
.more > summary::-webkit-details-marker { display: none; }
.more > form { position: absolute; right: 0; z-index: 1; flex-direction: column; align-items: stretch; padding: .5rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; box-shadow: 0 .25rem 1rem rgb(0 0 0 / .25); }
${twoLines(".compact .device")}
.facts + .row { margin-top: .5rem; }
.pages { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding-top: .75rem; border-top: 1px solid var(--line); align-items: center; }
.pages a, .back { display: inline-flex; align-items: center; min-height: 2rem; }
.facts { display: flex; flex-wrap: wrap; gap: .1rem 1rem; font-size: .875rem; }
.facts div { display: flex; gap: .35rem; }
.facts dt { color: var(--soft); }
.facts dd { font-variant-numeric: tabular-nums; }
.records > li { padding: .4rem 0; border-top: 1px solid var(--line); font-size: .875rem; }
.records > li:first-child { border-top: 0; }
.records > .line { display: flex; gap: .5rem; flex-wrap: wrap; justify-content: space-between; align-items: center; }
.start > li { padding: .5rem 0; }
.danger { margin-top: .75rem; }
.danger > summary { color: var(--bad); min-height: 2rem; }
button.bad { background: transparent; border-color: var(--bad); color: var(--bad); white-space: normal; }
@media (max-width: 47.99rem) {
${twoLines(".device")}
}
@media (pointer: coarse) {
  .fleet button, .fleet summary, .fleet .button, .fleet select, .fleet input, .pages a, .back { min-height: 2.5rem; }
  .more > summary { min-width: 2.5rem; }
}
@media (forced-colors: active) {
  .device.chosen { outline: 2px solid Highlight; }
}
`;
