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
`;
