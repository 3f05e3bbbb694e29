/** The styles of charts. Each line has dashes of its own: colours alone do not tell lines apart. */
export const style = `
.workbench {
  --temperature: light-dark(#a33b00, #ffb083);
  --cool: light-dark(#00708a, #6cd4ec);
  --solar: light-dark(#8a5a00, #f2bf66);
  --charging: light-dark(#6b3fa0, #cda8ff);
  --rest: light-dark(#565f6c, #a5adba);
}
.chart { margin: 0; }
.choices { display: flex; flex-wrap: wrap; gap: .25rem .75rem; margin-bottom: .5rem; font-size: .875rem; }
.choices a { padding: .15rem 0; }
.choices [aria-current] { color: var(--ink); font-weight: 600; text-decoration: none; }
.plot { touch-action: pan-y; max-width: 40rem; }
.plot svg { width: 100%; height: auto; display: block; overflow: visible; }
.plot text { font: 12px system-ui, sans-serif; fill: var(--soft); }
.plot .grid { stroke: var(--line); }
.plot .zero { stroke: var(--soft); }
.of-power { --look: var(--power); --dashes: none; }
.of-level, .of-battery { --look: var(--level); --dashes: 6 3; }
.of-temperature { --look: var(--temperature); --dashes: 6 3; }
.of-heat { --look: var(--temperature); --dashes: 2 3; }
.of-cool { --look: var(--cool); --dashes: 8 2 2 2; }
.of-solar { --look: var(--solar); --dashes: none; }
.of-charging { --look: var(--charging); --dashes: 10 3; }
.of-climate { --look: var(--temperature); --dashes: 2 3; }
.of-rest { --look: var(--rest); --dashes: 8 2 2 2; }
.plot .line { fill: none; stroke: var(--look); stroke-width: 2; stroke-dasharray: var(--dashes); }
.plot .dot { fill: var(--look); }
.plot .end { fill: var(--look); font-weight: 600; paint-order: stroke; stroke: var(--card); stroke-width: 3px; }
.plot .mark line { stroke: var(--soft); stroke-dasharray: 2 2; }
.plot .mark path { fill: var(--soft); }
.plot .rule line { stroke: var(--ink); }
.readout { min-height: 1.5em; margin: .25rem 0; font-size: .875rem; font-variant-numeric: tabular-nums; }
.legend { display: flex; gap: 0 1rem; font-size: .8125rem; color: var(--soft); flex-wrap: wrap; }
.legend span::before {
  content: ""; display: inline-block; width: 1.25rem; margin-right: .35rem; vertical-align: middle;
  border-top: 3px solid var(--look);
}
.legend :is(.of-level, .of-battery, .of-temperature, .of-charging)::before { border-top-style: dashed; }
.legend :is(.of-heat, .of-cool, .of-climate, .of-rest)::before { border-top-style: dotted; }
@media (pointer: coarse) { .choices a { min-height: 2.5rem; padding: .5rem 0; } }
@media (forced-colors: active) {
  .plot .line, .plot .rule line, .plot .mark line { stroke: CanvasText; }
  .plot .line:is(.of-level, .of-battery, .of-temperature, .of-charging) { stroke: Highlight; }
  .plot .line.of-solar { stroke: LinkText; }
  .plot .dot, .plot text, .plot .mark path { fill: CanvasText; }
  .plot .end { fill: CanvasText; stroke: Canvas; }
  .plot .grid { stroke: GrayText; }
  .legend span::before { border-top-color: CanvasText; }
}
`;
