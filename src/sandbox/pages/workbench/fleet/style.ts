/** The styles of the fleet. */
export const style = `
.user { border-top: 1px solid var(--line); padding: .75rem 0; }
.user > header { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; margin-bottom: .5rem; }
.accounts-of { display: flex; flex-wrap: wrap; gap: .25rem .5rem; align-items: center; }
.devices { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fill, minmax(min(16rem, 100%), 1fr)); }
.device { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; min-width: 0; display: grid; gap: .4rem; align-content: start; }
.device.chosen { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
.device > header { display: flex; justify-content: space-between; gap: .5rem; align-items: baseline; flex-wrap: wrap; }
.facts { display: flex; flex-wrap: wrap; gap: 0 1rem; font-size: .875rem; }
.facts div { display: flex; gap: .35rem; }
.facts dt { color: var(--soft); }
.facts dd { font-variant-numeric: tabular-nums; }
`;
